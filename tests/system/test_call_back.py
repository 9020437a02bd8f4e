"""A home calls us back while our own call rings at another number of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from automaton import bootstrap
from automaton.asterisk.install import Installation
from automaton.services.standby import public_campaign
from tests.console.conftest import used
from tests.console.phones import Phones, telephones
from tests.system.conftest import MakeStage
from tests.system.stage import DUTY, Stage, Trunk, home, number, on_duty, until

pytestmark = pytest.mark.asterisk

RINGS, CALLS_BACK = 1, 2
T = TypeVar("T")


class KeptAsterisk(Stage):
    """A stage whose Asterisk somebody else has started: it outlives a daemon."""

    def begin(self) -> None:
        """Start Asterisk where there is none, then the daemon."""
        bootstrap.start_asterisk(self.settings, tied=True)
        super().begin()


def town(did: str) -> dict[str, Trunk]:
    script = home(RINGS, "rings_out") + home(CALLS_BACK, "rings_out") + on_duty(DUTY)
    return {"town": Trunk(script, more=f'dids = {{"{did}" = "Royan"}}')}


def alerted(here: Stage) -> str:
    """Alert a home with two numbers; return the campaign once the first one rings."""
    register = here.commune()
    numbers = f"{number(RINGS)};{number(CALLS_BACK)}"
    here.entered(
        register,
        "nom;prénom;adresse;téléphone;autre téléphone\n"
        f"Aubrac;Marthe;1 rue Basse;{numbers}\n",
    )
    campaign = here.drafted(register, ring="90 s")
    here.launch(campaign)
    here.seen("ringing", RINGS)
    return campaign


def message_of(here: Stage, campaign: str) -> Path:
    (text,) = here.office.desk.card(campaign).message
    return here.prompts / f"{text.prompt}.alaw"


def forget(prompts: Path, did: str) -> None:
    """Delete what a run before this one has left to be told: all share the folder."""
    for left in prompts.glob(f"public/{did.removeprefix('+')}*"):
        left.unlink()


def phrase(here: Stage, name: str) -> Path:
    return here.prompts / f"fr/{name}.alaw"


def node_port(here: Stage) -> int:
    access = bootstrap.access(here.settings)
    assert access is not None
    return access.sip_port


async def beside(fact: Callable[[], T], seconds: float = 30) -> T:
    """Wait for a fact, and let telephones live meanwhile."""
    return await asyncio.to_thread(until, fact, seconds)


async def test_our_call_stops_ringing_when_the_home_calls_back_and_confirms(
    stage: MakeStage, installation: Installation
) -> None:
    did = "+33199000170"
    here = stage(trunks=town(did))
    campaign = alerted(here)
    port = node_port(here)
    with telephones(installation, here.folder / "far", port) as access:
        async with used(access, here.folder / "far") as phones:
            caller = await phones.call("0199000170", f"0{number(CALLS_BACK)[3:]}")
            await caller.hears(phrase(here, "again"))
            await caller.hears(message_of(here, campaign))
            await caller.press("1")
            await caller.hears(phrase(here, "thanks-1"))
            await beside(lambda: here.happened("cancelled", RINGS), 5)
            await caller.hang_up()
    here.ended(campaign)
    (record,) = here.report(campaign).recipients
    assert (record.state.value, record.proof) == ("acknowledged", "called_back")
    assert len(here.happened("invite", RINGS, CALLS_BACK)) == 1


async def test_a_key_that_was_pressed_without_the_daemon_counts_when_it_is_back(
    stage: MakeStage, installation: Installation, prompts: Path
) -> None:
    did = "+33199000171"
    forget(prompts, did)
    here = stage(trunks=town(did), kind=KeptAsterisk)
    campaign = alerted(here)
    file = public_campaign(here.prompts, did)
    until(file.is_file)
    here.kill()
    port = node_port(here)
    with telephones(installation, here.folder / "far", port) as access:
        async with used(access, here.folder / "far") as phones:
            await _calls_back(here, phones, campaign)
    here.start()
    here.ended(campaign)
    (record,) = here.report(campaign).recipients
    assert (record.state.value, record.proof) == ("acknowledged", "called_back")
    until(lambda: "automaton-in" not in here.console("database show"))
    until(lambda: not file.is_file(), what="what is over is not told any more")


async def _calls_back(here: Stage, phones: Phones, campaign: str) -> None:
    """Call the number, and confirm what Asterisk says by itself."""
    caller = await phones.call("0199000171", f"0{number(CALLS_BACK)[3:]}")
    await caller.hears(message_of(here, campaign))
    await caller.press("1")
    await caller.hears(phrase(here, "thanks-1"))
    await caller.goes_dead()
