"""What the daemon needs of a running Asterisk, and what of it is missing.

In: how to reach it and what is expected. Out: findings, each good or with the sentence
that says what to change. Nothing is changed and nobody is rung.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from automaton.asterisk.endpoint import endpoint_of
from automaton.asterisk.folder import Access
from automaton.asterisk.link import Account, Link
from automaton.asterisk.render import DIALPLAN_VERSION, template_folder
from automaton.asterisk.wire import Answer
from automaton.clock import Clock
from automaton.settings import TrunkSettings

OLDEST = (22, 10)
"""The first version whose Hangup was seen to carry TechCause."""
DAEMON_ACTIONS = ("CoreShowChannels", "DBGetTree", "Hangup", "Originate", "Setvar")
MAINTENANCE_ACTIONS = ("Setvar",)
NOBODYS_ACTIONS = (
    *("Command", "CreateConfig", "DBDelTree", "DBPut", "DialplanExtensionAdd"),
    *("GetConfig", "ModuleLoad", "Reload", "UpdateConfig"),
)
"""What would run, read or change anything of the machine."""
TOO_MUCH_FOR_MAINTENANCE = (*NOBODYS_ACTIONS, "DBGetTree", "Originate")
PHRASES = (
    "again",
    "ask-0",
    "ask-1",
    "ask-2",
    "ask-3",
    "ask-9",
    "duty-ask",
    "duty-intro",
    "duty-thanks",
    "exercise",
    "goodbye",
    "machine",
    "nobody-0",
    "person-ask",
    "sure-9",
    "thanks-1",
    "thanks-3",
    "thanks-9",
    "transfer-0",
    "trunk-test",
    "wrong-key",
)
"""What the dialplan says by itself, in each language's folder."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: its name, whether it will do, and what was seen.

    Without what `is_vital` no call may leave; a trunk's own trouble is its own.
    """

    name: str
    is_good: bool
    says: str
    is_vital: bool = True


@dataclass(frozen=True, slots=True)
class Expected:
    """What the Asterisk is to have."""

    trunks: Sequence[TrunkSettings]
    prompts: Path
    languages: Sequence[str] = ("fr",)


@dataclass(frozen=True, slots=True)
class Doors:
    """Both accounts of one Asterisk, open."""

    daemon: Link
    maintenance: Link


async def checkup(access: Access, expected: Expected, clock: Clock) -> list[Finding]:
    """Return every finding; dialling is safe where all that are vital are good.

    Raises LineError where nobody answers, ConfigurationError where the accounts are
    refused.
    """
    async with doors(access, clock) as open_doors:
        return [
            await version(open_doors),
            await modules(open_doors),
            await dialplan(open_doors),
            await prompts(open_doors, expected),
            *[await trunk(open_doors, one) for one in expected.trunks],
            await permissions(open_doors),
            await restraint(open_doors),
        ]


@asynccontextmanager
async def doors(access: Access, clock: Clock) -> AsyncIterator[Doors]:
    """Open both accounts, and close them."""
    place = (access.host, access.port)
    daemon = Link(Account(*place, access.user, access.secret), clock)
    user, secret = access.maintenance_user, access.maintenance_secret
    maintenance = Link(Account(*place, user, secret, hears_events=False), clock)
    try:
        await daemon.open()
        await maintenance.open()
        yield Doors(daemon, maintenance)
    finally:
        await maintenance.close()
        await daemon.close()


async def version(at: Doors) -> Finding:
    """Its Hangup must carry the SIP code (TechCause).

    No action of the manager interface tells: another major version is taken on trust.
    """
    answer = await at.daemon.send({"Action": "CoreSettings"})
    said = answer.headers.get("asteriskversion", "unknown")
    found = re.match(r"(\d+)\.(\d+)", said)
    if found is None or (int(found[1]), int(found[2])) < OLDEST:
        return Finding(
            "version",
            False,
            f"Asterisk {said} does not report the SIP code of a failed call: "
            f"use {OLDEST[0]}.{OLDEST[1]} or later.",
        )
    if int(found[1]) != OLDEST[0]:
        said += f", which is not the {OLDEST[0]} that was tried"
    return Finding("version", True, f"Asterisk {said}")


async def modules(at: Doors) -> Finding:
    """Every module that our configuration requires must be loaded."""
    wanted = required_modules()
    missing = [name for name in wanted if not await is_loaded(at, name)]
    if missing:
        says = f"Load in modules.conf: {', '.join(missing)}."
        return Finding("modules", False, says)
    return Finding("modules", True, f"{len(wanted)} modules loaded")


def required_modules() -> list[str]:
    """Return the modules that `asterisk-config/modules.conf.j2` requires."""
    text = (template_folder("asterisk-config") / "modules.conf.j2").read_text("utf-8")
    return re.findall(r"^require = (\w+\.so)$", text, re.MULTILINE)


async def is_loaded(at: Doors, module: str) -> bool:
    """Tell whether one module is loaded."""
    return await read(at, f"IFMODULE({module})") == "1"


async def read(at: Doors, function: str) -> str:
    """Return what a function of the dialplan says, "" where it cannot."""
    answer = await at.daemon.send({"Action": "Getvar", "Variable": function})
    return answer.headers.get("value", "") if answer.is_success else ""


async def dialplan(at: Doors) -> Finding:
    """The dialplan must serve the version that this program speaks."""
    answer = await context(at, "automaton-version")
    found = [item.get("extension", "") for item in answer.items]
    versions = [one for one in found if one.isdigit()]
    if serves(versions):
        return Finding("dialplan", True, f"dialplan version {DIALPLAN_VERSION}")
    seen = f"version {', '.join(versions)}" if versions else "no version"
    return Finding(
        "dialplan",
        False,
        f"The dialplan has {seen}, version {DIALPLAN_VERSION} is needed: render it "
        "again and start Asterisk anew.",
    )


def serves(versions: Sequence[str]) -> bool:
    """Tell whether a dialplan of these versions serves the one that we speak."""
    return str(DIALPLAN_VERSION) in versions


async def prompts(at: Doors, expected: Expected) -> Finding:
    """The dialplan must look for sounds where we put them, and find the phrases."""
    answer = await context(at, "automaton-order")
    data = [item.get("appdata", "") for item in answer.items]
    wanted = expected.prompts.resolve()
    if f"AUT_PROMPTS={wanted}" not in data:
        says = f"The dialplan does not play from {wanted}: render it again."
        return Finding("prompts", False, says)
    files = [f"{lang}/{name}.alaw" for lang in expected.languages for name in PHRASES]
    missing = [file for file in files if not (wanted / file).is_file()]
    if missing:
        says = f"Not yet spoken in {wanted}: {', '.join(missing)}."
        return Finding("prompts", False, says)
    return Finding("prompts", True, f"{len(files)} phrases in {wanted}")


async def context(at: Doors, name: str) -> Answer:
    """Return one context of the dialplan, without items where it is missing."""
    return await at.daemon.send({"Action": "ShowDialPlan", "Context": name})


async def trunk(at: Doors, wanted: TrunkSettings) -> Finding:
    """The trunk must be known, and registered where it has an account."""
    name = f"trunk {wanted.name}"
    # As wherever it is dialled, the name loses its backslash.
    endpoint = endpoint_of(wanted.name).replace("\\", "\\\\")
    redirects = await read(at, f"PJSIP_ENDPOINT({endpoint},redirect_method)")
    if redirects != "uri_core":
        says = f"Asterisk knows no trunk {wanted.name}: start it anew."
        return Finding(name, False, says, is_vital=False)
    if wanted.registration is None:
        return Finding(name, True, f"calls go to {wanted.host}")
    status = await registration(at, wanted.name)
    if status == "Registered":
        return Finding(name, True, f"registered at {wanted.host}")
    return Finding(
        name,
        False,
        f"Not registered at {wanted.host} ({status}): look at server, user and "
        f"password of trunk.{wanted.name}.registration, and at transport.",
        is_vital=False,
    )


async def registration(at: Doors, name: str) -> str:
    """Return what Asterisk says of one registration."""
    action = {"Action": "PJSIPShowRegistrationsOutbound"}
    for item in (await at.daemon.send(action)).items:
        if item.get("objectname") == name:
            return item.get("status", "unknown")
    return "unknown"


async def permissions(at: Doors) -> Finding:
    """Each account must be allowed its actions."""
    daemon = await allowed(at.daemon, DAEMON_ACTIONS)
    maintenance = await allowed(at.maintenance, MAINTENANCE_ACTIONS)
    missing = sorted({*DAEMON_ACTIONS} - daemon | {*MAINTENANCE_ACTIONS} - maintenance)
    if missing:
        says = f"In manager.conf, allow {', '.join(missing)} (write = …)."
        return Finding("permissions", False, says)
    return Finding("permissions", True, "both accounts may do what they must")


async def restraint(at: Doors) -> Finding:
    """Neither account may do more: a stolen secret is to be worth little."""
    daemon = await allowed(at.daemon, NOBODYS_ACTIONS)
    maintenance = await allowed(at.maintenance, TOO_MUCH_FOR_MAINTENANCE)
    if excess := sorted(daemon | maintenance):
        says = (
            f"An account in manager.conf may do more than it needs ("
            f"{', '.join(excess)}): render it again and start Asterisk anew."
        )
        return Finding("restraint", False, says, is_vital=False)
    return Finding("restraint", True, "neither account may do more")


async def allowed(link: Link, actions: Sequence[str]) -> set[str]:
    """Return those of the actions that an account may use."""
    said = (await link.send({"Action": "ListCommands"})).headers
    return {name for name in actions if name.lower() in said}
