"""Every greeting answers two calls: by our dialplan, and by Asterisk's own AMD().

AMD stands for itself: `AMD()` with the amd.conf that Asterisk ships, right after the
answer, which is how its page tells to use it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from automaton.asterisk import embedded
from automaton.asterisk.folder import Access, RunFolder
from automaton.asterisk.install import Installation, first, install
from automaton.asterisk.render import Node, render
from automaton.settings import AsteriskSettings, TrunkSettings
from automaton.voices.audio import encoded, for_telephone
from automaton.voices.choice import voices_from
from automaton.voices.phrasebook import Phrasebook
from automaton.voices.phrases import spoken_phrases
from automaton.voices.pico import Pico
from benchmarks.greetings.bank import Greeting
from benchmarks.greetings.verdicts import Verdict
from benchmarks.node import MESSAGE
from tests.asterisk import sounds
from tests.asterisk.ami import Ami
from tests.asterisk.calls import Call, Record, Street

LANGUAGES = ("fr", "en")
MESSAGE_ID, MACHINE_ID = "greetings-message", "greetings-machine"
OURS, STOCK = "automaton-alert", "greetings-amd"
CALL_SECONDS = 240.0
LOOK_SECONDS = 0.1
AMD = """
[greetings-amd]
exten => s,1,AMD()
 same => n,UserEvent(Automaton,Attempt: ${AUT_ATTEMPT},Fact: amd,Status: ${AMDSTATUS})
 same => n,Hangup()
"""


@contextmanager
def exchange(folder: Path, far_port: int, lines: int) -> Iterator[Access]:
    """Run the product's Asterisk with its phrases and, beside its dialplan, AMD."""
    found, run, prompts = installed(), RunFolder(folder / "node"), folder / "prompts"
    say(prompts)
    town = TrunkSettings(name="town", contact=f"127.0.0.1:{far_port}", lines=lines)
    access = render(Node(found, AsteriskSettings(), [town], prompts), run)
    add_amd(found, run)
    embedded.start(found, run, tied=True)
    try:
        yield access
    finally:
        embedded.stop(run)


def installed() -> Installation:
    """Return the Asterisk of the cache."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return install(Path(os.environ.get("AUTOMATON_CACHE") or Path(home, "automaton")))


def say(prompts: Path) -> None:
    """Render all that a call says."""
    book = Phrasebook()
    for language in LANGUAGES:
        spoken_phrases(book, prompts, language, lambda _: voices_from("pico"))
    blanks = {"caller": "la mairie", "number": "01 99 00 90 99"}
    short = book.filled("machine-number", "fr", **blanks)
    for name, text in ((MESSAGE_ID, MESSAGE), (MACHINE_ID, short)):
        spoken = encoded(for_telephone(Pico().render(text, "fr")))
        sounds.write(prompts / f"{name}.alaw", spoken)


def add_amd(found: Installation, run: RunFolder) -> None:
    """Give a node that does not run yet AMD, as it comes with Asterisk."""
    shipped = first(
        found.data_dir / "conf/samples/amd.conf.sample", Path("/etc/asterisk/amd.conf")
    )
    (run.etc / "amd.conf").write_text(shipped.read_text("utf-8"), "utf-8")
    for name, more in (
        ("modules.conf", "load = app_amd.so\n"),
        ("automaton.conf", AMD),
    ):
        file = run.etc / name
        file.write_text(f"{file.read_text('utf-8')}\n{more}", "utf-8")


async def ring_all(
    access: Access, greetings: Sequence[Greeting], at_once: int
) -> list[Verdict]:
    """Ring every greeting by both, so many at once; return what was made of them."""
    verdicts: list[Verdict] = []
    for first_of_them in range(0, len(greetings), at_once):
        these = greetings[first_of_them : first_of_them + at_once]
        verdicts += await _together(access, these)
        print(f"bench: {len(verdicts)} answered", file=sys.stderr, flush=True)
    return verdicts


async def _together(access: Access, greetings: Sequence[Greeting]) -> list[Verdict]:
    ami = await Ami.connect(access)
    street = Street(ami)
    eye = asyncio.create_task(street.watch(LOOK_SECONDS))

    async def judged(greeting: Greeting) -> Verdict:
        ours = await street.ring(_call(greeting, OURS), CALL_SECONDS)
        stock = await street.ring(_call(greeting, STOCK), CALL_SECONDS)
        return _verdict(greeting, ours, stock)

    try:
        return list(await asyncio.gather(*map(judged, greetings)))
    finally:
        eye.cancel()
        await asyncio.gather(eye, return_exceptions=True)
        await ami.close()


def _call(greeting: Greeting, context: str) -> Call:
    language = greeting.language if greeting.language in LANGUAGES else "fr"
    wish = {
        "MESSAGE": MESSAGE_ID,
        "MACHINE": MACHINE_ID,
        "LANG": language,
        "KEYS": "12",
        "REPEATS": "1",
        "KEYWAIT": "8",
        "TALK": "120",
    }
    return Call(greeting.number, wish, context)


def _verdict(greeting: Greeting, ours: Record, stock: Record) -> Verdict:
    said = next((f["Status"] for f in stock.facts if f["Fact"] == "amd"), "HANGUP")
    starts = [look.at for look in ours.looks if MESSAGE_ID in look.data]
    begins = starts[0] - ours.looks[0].at if starts else None
    done = ours.done
    return Verdict(greeting, done["Label"], said, int(done["Heard"]), begins)
