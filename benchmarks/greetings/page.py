"""The block "Greetings" at the end of docs/voices.md, drawn from what was counted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.greetings.verdicts import Row

PAGE = Path(__file__).parents[2] / "docs" / "voices.md"
DIALPLAN = Path(__file__).parents[2] / "dialplans" / "automaton.conf.j2"
BEGIN = "<!-- greetings: drawn by `python -m benchmarks greetings --page` -->"
END = "<!-- end of greetings -->"
HEADINGS = (
    "who answers",
    "calls",
    "ours: person",
    "machine",
    "screened",
    "AMD: HUMAN",
    "NOTSURE",
    "MACHINE",
)
NAMES = {
    "short": "person, “allô ?”",
    "named": "person, with a name",
    "two_sentences": "person, two sentences",
    "slow": "person, slow",
    "hesitant": "person, hesitant",
    "business": "person, at work",
    "talks_on": "person, talks on",
    "personal": "machine, personal",
    "operator": "machine, of an operator",
    "with_pauses": "machine, with pauses",
    "brief": "machine, brief",
    "asks_for_a_key": "screener, asks for a key",
    "asks_for_a_name": "screener, asks for a name",
}


def table(rows: Sequence[Row]) -> str:
    """Return the counts of each kind."""
    lines = [_line(HEADINGS), "| --- |" + " ---: |" * (len(HEADINGS) - 1)]
    for row in rows:
        counts = (row.count, *row.ours, *row.stock)
        lines.append(_line((NAMES[row.kind], *map(str, counts))))
    return "\n".join(lines)


def rates(found: Mapping[str, float]) -> str:
    """Return the two rates, ours beside Asterisk's."""
    people, machines = found["greetings_people"], found["greetings_machines"]
    lines = [
        "| | ours | Asterisk's AMD | target |",
        "| --- | ---: | ---: | --- |",
        f"| false machine, of {people} people |"
        f" {_percent(found['greetings_false_machine'])} |"
        f" {_percent(found['greetings_amd_false_machine'])} | ≤ 1 % |",
        f"| false human, of {machines} machines |"
        f" {_percent(found['greetings_false_human'])} |"
        f" {_percent(found['greetings_amd_false_human'])} | |",
        f"| screeners told as such, of {found['greetings_screeners']} |"
        f" {_percent(found['greetings_screened'])} | – | |",
    ]
    return "\n".join(lines)


def block(found: Mapping[str, float], rows: Sequence[Row], told: Any) -> str:
    """Return the whole block."""
    said = WORDS.format(
        seed=told["seed"],
        voices=" and ".join(told["voices"]),
        greeting=greeting_seconds(),
        load=told["load"],
        rates=rates(found),
        table=table(rows),
        heard=_percent(found["greetings_heard_it_all"]),
        first=found["greetings_first_word_s"],
        worst=found["greetings_first_word_worst_s"],
    )
    return f"{BEGIN}\n{said}{END}\n"


def greeting_seconds() -> float:
    """Return how much speech is a machine's greeting, as the dialplan has it."""
    found = re.search(r"set greeting, .*= (\d+),", DIALPLAN.read_text("utf-8"))
    assert found is not None
    return int(found[1]) / 1000


def draw(text: str, page: Path = PAGE) -> Path:
    """Put the block in its place, or at the end of the page; return the page."""
    there = page.read_text("utf-8") if page.exists() else "# Voices\n\n"
    before, found, rest = there.partition(BEGIN)
    after = rest.partition(END)[2].removeprefix("\n") if found else ""
    gap = "" if before.endswith("\n\n") else "\n"
    page.write_text(f"{before}{gap}{text}{after}", "utf-8")
    return page


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


WORDS = """## Greetings

Whether a person or a machine picked up is a label: it chooses when a short text is left
after the beep, and how the call is called in the report. Speaking never waits for it.
How often it is wrong is counted on a bank of greetings, each of which a second Asterisk
says to a call by our dialplan, and to one by Asterisk's own `AMD()` with the `amd.conf`
that comes with it. The sounds are made anew each time, from seed {seed}, by {voices}
(texts and seed: `benchmarks/greetings/`); all are synthetic, none is of a real person.
Half of the people speak through hiss, traffic or a television, which do not end when
they do. Levels of speech lie between −30 and −16 dBFS, in the band of a telephone.

{rates}

The processors' queue was {load:.0f} long meanwhile. Where that is more than there are
processors, sounds come late, and these figures are to be measured again.

AMD's `NOTSURE` is counted as a person, in its favour. Of the people {heard} heard the
whole message, whatever they were taken for; its first word came after {first:.1f} s
(median), {worst:.1f} s at the most.

{table}

What is taken for what, and why:

- **A machine** is what speaks for {greeting:g} s at a stretch from the answer on, and
  then beeps or is silent; or for half as long, and then beeps: one short sound, 0.7 to
  2.5 s later, and silence after it. It gets its short text; where no beep was heard the
  message follows it.
- **A person** is everybody else, also a machine that greets more briefly and beeps at
  once: it gets the message itself. What is taken for a machine and speaks again within
  4.5 s is a person again, and hears the message from its start. Who greets for as long
  as a machine, or has a loud television or street beside the telephone, may be taken
  for one.
- **A call screener** (outcome `screened`) is told by what no machine does: after a long
  greeting and no beep it speaks again, or it says a sentence of the same length twice.
  So are those that ask for a key (“appuyez sur la touche 1”) and wait, and those that
  ask for a name and thank for it. No key is pressed for them; whoever is put through
  hears the message from its start.
- **Not told apart**: a screener that asks once and hangs up, and one that beeps before
  it listens, are machines, or people where they ask in less than {greeting:g} s. One in
  the network that asks before the call is answered is heard by nobody (`EarlyMedia` is
  off); where it refuses the call with 607 or 608, that is `rejected`.

What a wrong label costs. A person who is called a machine has heard the message once,
not three times, and the short text alone where a sound of the room passed for a beep. A
key counts all the same; without one the home is rung again after 15 min, and in a
campaign that accepts a text left on a machine it is not. A machine that is called a
person has “heard” the message: its home is rung once more and then listed for a visit,
and a campaign that takes hearing it twice for a proof has its proof from a machine.
Neither is on unless the campaign asks for it.
"""
