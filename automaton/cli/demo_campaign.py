"""The campaign of the demonstration, by the same use cases as everybody's.

In: the settings of the demonstration's node and the town. Out: a launched alert, ways
to look at it, and its reports.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from automaton.cli.demo_stage import Stage
from automaton.domain.campaign import CampaignClass
from automaton.domain.collectivity import Collectivity
from automaton.domain.report import Report
from automaton.lab.town import Town
from automaton.services.campaigns import CampaignWish, create
from automaton.services.collectivities import NewCollectivity, add_collectivity
from automaton.services.drafts import Created
from automaton.services.duty import NewDutyNumber, add_duty_number
from automaton.services.imports import import_contacts
from automaton.services.launches import launch
from automaton.services.messages import MessageWish
from automaton.services.office import Office, open_office
from automaton.services.previews import ImportRequest
from automaton.services.progress import Progress, ProgressView
from automaton.services.registers import find_register
from automaton.services.reports import ReportFormat, report, write_report
from automaton.settings import Settings
from automaton.store.people import SqlBook
from automaton.store.schema import upgrade

BY = "demo"
NAME = "Alerte à la crue"
MESSAGE = "Ici la mairie de {commune}, pour une alerte à la crue. Montez à l'étage."
DUTY_SECONDS = 90
LOOK_SECONDS = 0.5
POLICY = Path(__file__).with_name("data") / "demo-policy.toml"
REPORTS = {
    ReportFormat.JSON: "report.json",
    ReportFormat.CSV: "report.csv",
    ReportFormat.HTML: "report.html",
    ReportFormat.VISITS: "visits.csv",
}


def launched(stage: Stage) -> DemoCampaign:
    """Start the node's daemon, prepare the commune, and launch as the town is up."""
    settings = stage.settings
    stage.start_daemon()
    upgrade(settings.database_url)
    office = open_office(settings)
    owner = commune_of(office, stage.town)
    register = imported(
        office, owner, stage.town.register_csv(stage.folder / "register.csv")
    )
    created = drafted(office, owner, register)
    stage.wait_for_the_town()
    launch(office, created.id, BY)
    return DemoCampaign(office, created)


def commune_of(office: Office, town: Town) -> Collectivity:
    """Enter the town's commune and its duty list."""
    book, clock, commune = SqlBook(office.desk.engine), office.clock, town.plan.commune
    new = NewCollectivity(commune.name, commune.insee, commune.postal_code)
    owner = add_collectivity(book, clock, new, BY)
    for rank, number in enumerate(town.duty_numbers(), 1):
        add_duty_number(
            book, clock, NewDutyNumber(owner, f"Astreinte {rank}", number), BY
        )
    return owner


def imported(office: Office, owner: Collectivity, file: Path) -> str:
    """Import the town's register; return the register's id."""
    book = SqlBook(office.desk.engine)
    register = find_register(book, owner.id)
    request = ImportRequest(register.id, file.name, file.read_bytes(), BY)
    import_contacts(book, office.clock, request)
    return register.id


def drafted(office: Office, owner: Collectivity, register_id: str) -> Created:
    """Write the alert; what differs from production stands in the policy file."""
    text = MESSAGE.format(commune=owner.name)
    wish = CampaignWish(
        name=NAME,
        campaign_class=CampaignClass.ALERT,
        register=register_id,
        message=MessageWish(texts={"fr": text}),
        by=BY,
        policy_file=POLICY,
    )
    return create(office, wish)


@dataclass(frozen=True)
class DemoCampaign:
    """A launched campaign of the demonstration."""

    office: Office
    created: Created

    @property
    def settings(self) -> Settings:
        """Return the settings of its node."""
        return self.office.settings

    def view(self) -> Callable[[], Progress]:
        """Return a way to look at it."""
        return ProgressView(self.office, self.created.id).look

    def report(self) -> Report:
        """Return everything that is on record."""
        return report(self.office, self.created.id)

    def told_report(self, check: Callable[[], None]) -> Report:
        """Return the report once somebody on duty has taken the end of the alert.

        After a minute and a half it is returned as it is; `check` raises where waiting
        is in vain.
        """
        until = time.monotonic() + DUTY_SECONDS
        while True:
            told = self.report()
            if any(ring.taken for ring in told.duty) or time.monotonic() > until:
                return told
            check()
            time.sleep(LOOK_SECONDS)

    def write(self, told: Report, language: str) -> dict[str, Path]:
        """Write the reports; return where each is."""
        folder = self.settings.folders.reports
        folder.mkdir(parents=True, exist_ok=True)
        for form, name in REPORTS.items():
            write_report(told, form, folder / name, language)
        return {form.value: folder / name for form, name in REPORTS.items()}
