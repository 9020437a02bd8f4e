"""What a launch would do, what forbids it, and the command that asks for it."""

import contextlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.put_off import PutOff
from automaton.domain.recipient import RecipientState
from automaton.errors import RequestError
from automaton.services.census import census, question_of
from automaton.services.commands import (
    stop,
    wait_for_command,
)
from automaton.services.follow_ups import FollowUp, FollowUpWish, follow_up
from automaton.services.launches import dry_run, launch, look_ahead, start
from automaton.services.messages import MessageWish
from automaton.store.desk import CampaignDesk
from automaton.store.drafts import Ask
from automaton.store.tally import future_recipients
from tests.services.campaigns.city import City, obey, settings_in
from tests.services.campaigns.test_campaigns_progress import rung_four_times
from tests.store.commune import number

ALL_CLEAR = MessageWish({"fr": "L'alerte est finie."})


@contextlib.contextmanager
def daemon_listening(door: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(door))
        ear.settimeout(5)
        yield ear


def test_a_dry_run_counts_and_changes_nothing(city: City) -> None:
    city.homes(40)
    city.commune.home("+33261910042")
    city.commune.home()
    city.commune.home("+33639980042")
    city.on_duty()
    campaign = city.create()
    told = dry_run(city.office, campaign)
    assert (told.recipients, told.homes, told.bad_data) == (43, 41, 1)
    assert (told.numbers, told.undialled, told.undialled_homes) == (42, 1, 1)
    assert told.by_trunk == {"north": 41}
    assert told.lines == 30
    assert told.starts_at == city.commune.now
    assert told.problems == ()
    assert told.forecast.ends_at is not None
    assert city.commune.rows("recipients") == []
    assert city.commune.rows("commands") == []


def test_a_dry_run_tells_who_has_rung_often_enough(city: City) -> None:
    # It promised an end in minutes, and nobody could be rung for an hour.
    city.homes(3)
    city.on_duty()
    rung_four_times(city, city.started())
    told = dry_run(city.office, city.create(name="Crue, encore"))
    later = city.commune.now + timedelta(hours=1)
    assert told.put_off == PutOff(3, later)
    assert told.forecast.ends_at is not None
    assert told.forecast.ends_at > later
    city.commune.clock.move(timedelta(hours=2))
    assert dry_run(city.office, told.campaign_id).put_off is None


def test_a_dry_run_agrees_with_what_is_then_planned(city: City) -> None:
    city.homes(7)
    city.commune.home()
    flagged = city.commune.home(number(50))
    point = city.commune.rows("contact_points", value=number(50))[0]
    city.commune.change("contact_points", point.id, flagged_at=city.commune.now)
    assert flagged
    campaign = city.create()
    told = dry_run(city.office, campaign)
    city.move(campaign, CampaignState.RUNNING)
    city.commune.plan(campaign)
    planned = [row.state for row in city.commune.rows("recipients")]
    assert told.recipients == len(planned)
    assert told.homes == planned.count(RecipientState.WAITING)
    assert told.bad_data == planned.count(RecipientState.BAD_DATA) == 2


def test_information_leaves_out_who_did_not_agree_and_waits_for_its_hours(
    city: City,
) -> None:
    city.homes(3)
    agreed = city.commune.person(number(9), household_id=None)
    how = {"by": "s.loison", "how": "guichet", "action": "given"}
    city.commune.add("consents", contact_id=agreed, at=city.commune.now, **how)
    city.commune.clock.at = datetime(2026, 7, 13, 20, 30, tzinfo=UTC)
    campaign = city.create(campaign_class=CampaignClass.INFORMATION)
    told = dry_run(city.office, campaign)
    assert (told.homes, told.excluded) == (1, 3)
    # The 14th is a holiday; 10 o'clock of Paris is 8 o'clock UTC.
    assert told.starts_at == datetime(2026, 7, 15, 8, 0, tzinfo=UTC)


def test_a_launch_is_a_committed_row_and_a_knock(city: City) -> None:
    city.homes(3)
    city.on_duty()
    campaign = city.create()
    with daemon_listening(city.settings.control_socket) as ear:
        launched = launch(city.office, campaign, "m.durand")
        assert ear.recv(64)
    assert launched.asked.daemon_awake
    (command,) = city.commune.rows("commands")
    assert (command.name, command.by) == ("launch", "m.durand")
    assert city.office.desk.card(campaign).forecast is not None
    obey(city)
    card = city.office.desk.card(campaign)
    assert (card.state, card.launched_by) == (CampaignState.RUNNING, "m.durand")


def test_without_a_daemon_the_command_waits_and_that_is_said(city: City) -> None:
    city.homes(1)
    city.on_duty()
    asked = launch(city.office, city.create(), "m.durand").asked
    assert not asked.daemon_awake
    assert asked.sentence == "Queued; the daemon is not running."
    assert city.office.desk.fate(asked.command_id).taken_at is None


class DamagedOnceAsked(CampaignDesk):
    """A desk whose database is damaged right after a command is committed in it."""

    def ask(self, *asked: Ask) -> list[int]:
        numbers = super().ask(*asked)
        self.engine.dispose()
        Path(str(self.engine.url.database)).write_bytes(b"not a database" * 1000)
        return numbers


def test_a_launch_stands_where_nobody_can_be_counted_any_more(city: City) -> None:
    # The command ended with an error, and somebody would have launched it again.
    city.homes(3)
    city.on_duty()
    office = replace(city.office, desk=DamagedOnceAsked(city.engine))
    launched = launch(office, city.create(), "m.durand")
    assert launched.forecast is None
    assert launched.trouble is not None
    assert launched.trouble.error_id == "database-damaged"


def test_a_launch_is_answered_before_anybody_is_counted(city: City) -> None:
    city.homes(3)
    city.on_duty()
    started = start(city.office, city.create(), "m.durand")
    card = city.office.desk.card(started.asked.campaign_id)
    assert (started.starts_at, started.forecast) == (city.commune.now, None)
    assert (card.launch_waits, card.forecast) == (True, None)
    told = look_ahead(city.office, started)
    assert told.forecast is not None
    assert city.office.desk.card(card.id).forecast is not None


def test_a_box_full_of_knocks_is_a_daemon_that_is_there(city: City) -> None:
    city.homes(1)
    city.on_duty()
    campaign = city.create()
    with daemon_listening(city.settings.control_socket) as ear:
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as others:
            others.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                for _ in range(10_000):
                    others.sendto(b"look", str(city.settings.control_socket))
            assert launch(city.office, campaign, "m.durand").asked.daemon_awake


def test_a_launch_for_later_is_scheduled(city: City) -> None:
    city.homes(1)
    city.on_duty()
    later = city.commune.now + timedelta(hours=2)
    campaign = city.create(starts_at=later)
    assert launch(city.office, campaign, "m.durand").starts_at == later
    obey(city)
    assert city.office.desk.state(campaign) is CampaignState.SCHEDULED


def test_no_alert_starts_without_a_duty_list(city: City) -> None:
    city.homes(1)
    with pytest.raises(RequestError, match="duty list"):
        launch(city.office, city.create(), "m.durand")
    assert city.commune.rows("commands") == []


def test_nobody_to_ring_forbids_the_launch(city: City) -> None:
    city.on_duty()
    with pytest.raises(RequestError, match="audience is empty"):
        launch(city.office, city.create(), "m.durand")


def test_a_prompt_that_is_gone_forbids_the_launch(city: City) -> None:
    city.homes(1)
    city.on_duty()
    campaign = city.create()
    for prompt in city.settings.folders.prompts.glob("*.alaw"):
        prompt.unlink()
    with pytest.raises(RequestError, match="not on this machine"):
        launch(city.office, campaign, "m.durand")


def test_settings_that_changed_meanwhile_are_seen_at_the_launch(city: City) -> None:
    city.homes(1)
    city.on_duty()
    campaign = city.create(trunks=("south",))
    line = {"contact": "127.0.0.1:5099", "lines": 3}
    city.use(settings_in(city.folder, trunk={"west": line}))
    told = dry_run(city.office, campaign)
    assert told.problems == (
        "Its trunks have no line for campaigns.",
        "There is no trunk south: west.",
    )
    assert told.forecast.ends_at is None


def test_what_has_expired_or_never_opens_is_not_launched(city: City) -> None:
    city.homes(1)
    city.on_duty()
    now = city.commune.now
    expired = city.create(expires_at=now + timedelta(minutes=5))
    sunday = city.create(
        campaign_class=CampaignClass.EXERCISE,
        starts_at=datetime(2026, 1, 18, 9, 0, tzinfo=UTC),
        expires_at=datetime(2026, 1, 18, 12, 0, tzinfo=UTC),
    )
    city.commune.pass_time(minutes=6)
    with pytest.raises(RequestError, match="has expired"):
        launch(city.office, expired, "m.durand")
    with pytest.raises(RequestError, match="never open"):
        launch(city.office, sunday, "m.durand")


def test_a_register_of_another_kind_is_refused_again_at_the_launch(city: City) -> None:
    city.homes(1)
    city.commune.change("registers", city.commune.register, kind="canicule")
    campaign = city.create(campaign_class=CampaignClass.WELFARE)
    city.commune.change("registers", city.commune.register, kind="alert")
    with pytest.raises(RequestError, match="may not ring a register"):
        launch(city.office, campaign, "m.durand")


def test_the_audience_is_counted_as_it_is_listed(city: City) -> None:
    city.homes(5)
    city.commune.home()
    city.commune.person(number(77))
    card = city.office.desk.card(city.create())
    listed = list(future_recipients(city.engine, question_of(card)))
    assert sum(census(city.office, card).states.values()) == len(listed) == 7


def information_for_nobody(city: City) -> str:
    city.homes(3)
    return city.create(campaign_class=CampaignClass.INFORMATION)


def numbers_of_another_world(city: City) -> str:
    city.commune.home("+33639980042")
    return city.create()


def homes_without_a_number(city: City) -> str:
    city.commune.home()
    return city.create()


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (information_for_nobody, "nobody who may be rung"),
        (homes_without_a_number, "has a number that works"),
        (numbers_of_another_world, "no number that its trunks may dial"),
    ],
)
def test_a_launch_refuses_what_its_dry_run_refuses(
    city: City, prepare: Callable[[City], str], said: str
) -> None:
    city.on_duty()
    campaign = prepare(city)
    (problem,) = dry_run(city.office, campaign).problems
    with pytest.raises(RequestError, match=said) as refusal:
        launch(city.office, campaign, "m.durand")
    assert str(refusal.value) == problem
    assert city.commune.rows("commands") == []


def test_a_second_launch_is_refused_while_the_first_one_waits(city: City) -> None:
    city.homes(1)
    city.on_duty()
    campaign = city.create()
    launch(city.office, campaign, "m.durand")
    with pytest.raises(RequestError, match=r"m\.durand asked for this launch already"):
        launch(city.office, campaign, "s.loison")
    assert [row.name for row in city.commune.rows("commands")] == ["launch"]


def test_a_launch_behind_a_stop_that_waits_is_refused(city: City) -> None:
    # It said "launched", and the daemon then stopped it before the first call.
    city.homes(1)
    city.on_duty()
    campaign = city.create()
    stop(city.office, campaign, "m.durand")
    with pytest.raises(RequestError, match=r"m\.durand asked for this stop already"):
        launch(city.office, campaign, "s.loison")


def test_a_stop_after_a_launch_that_waits_lets_nobody_be_rung(city: City) -> None:
    city.homes(1)
    city.on_duty()
    campaign = city.create()
    launch(city.office, campaign, "m.durand")
    stopped = stop(city.office, campaign, "s.loison")
    obey(city)
    assert wait_for_command(city.office, stopped.command_id).finished_at is not None
    assert city.office.desk.state(campaign) is CampaignState.CANCELLED
    assert city.commune.rows("attempts") == []


def test_an_all_clear_that_is_refused_leaves_the_alert_going(city: City) -> None:
    city.homes(1)
    city.on_duty()
    parent = city.started()
    city.commune.claim(parent, limit=1)
    wish = FollowUpWish(FollowUp.ALL_CLEAR, "m.durand", ALL_CLEAR)
    clear = follow_up(city.office, parent, wish).id
    waits = {"name": "launch", "campaign_id": clear, "by": "s.loison"}
    city.commune.add("commands", asked_at=city.commune.now, payload={}, **waits)
    with pytest.raises(RequestError, match="already"):
        launch(city.office, clear, "m.durand")
    assert [row.name for row in city.commune.rows("commands")] == ["launch"]
