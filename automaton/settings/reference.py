"""The reference of every key, written from the model: `docs/settings.md`.

Run `python -m automaton.settings.reference docs/settings.md` after a change of the
model; a test compares the two.
"""

import sys
from datetime import time, timedelta
from itertools import starmap
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr

from automaton.settings.calling import Hours, RetryOutcome
from automaton.settings.keys import Key, every_key, section_at
from automaton.settings.model import Settings
from automaton.settings.show import written
from automaton.settings.trunk import TrunkSettings

INTRODUCTION = """\
# Settings

This page is written from the program itself
(`python -m automaton.settings.reference docs/settings.md`).

One TOML file holds the settings. It is the one named by `--config`, else by
`AUTOMATON_CONFIG`, else `./automaton.toml`, else `/etc/automaton/automaton.toml`;
without any, the defaults below hold. `automaton.example.toml` is a file to start
from. `automaton config show` prints every value with its origin, secrets hidden.

**Environment.** `AUTOMATON__SECTION__KEY` goes over the file:
`AUTOMATON__CALLING__RING="20 s"`, `AUTOMATON__TRUNK__TOWN_HALL__LINES=30` for
`[trunk.town-hall]`. Lists and tables are written as in TOML:
`'["+33199000001"]'`. `AUTOMATON_CACHE` is `folders.cache`; `XDG_DATA_HOME` and
`XDG_CACHE_HOME` move the default folders.

**Secrets.** Every key of the kind *secret* may also be given as a file:
`password_file = "/run/secrets/trunk"`, or `AUTOMATON__ASTERISK__SECRET_FILE`.
Default secrets are refused, and those of Asterisk's accounts must have at least nine
characters.

**Durations** are seconds (`30`) or words (`"500 ms"`, `"30 s"`, `"5 min"`, `"2 h"`,
`"1 d"`). **Numbers** are written in full (`"+33199000001"`). **Folders** are counted
from the folder of the settings file.

**The node refuses to start**, and says what to change and in which line, for an
unknown key, a value of the wrong type, a default secret, a `calling.caller_id` that
no trunk lists, two trunks that answer the same callers, a number given to two
collectivities, a trunk that keeps all its lines back.

**Caller IDs.** Since 1 January 2023 an automatic system in France may show only some
numbers; the list, its sources and the date of its last check are in
`automaton/settings/data/caller_id_prefixes.toml`. With
`calling.caller_id_rule = "warn"` (the default, because contracts for calls of public
interest may allow more) `automaton doctor` names each doubtful number; with
`"enforce"` the node refuses to start. Numbers kept for fiction are right on a trunk
on loopback. `automaton doctor` also says when the list is older than a year.
"""
_KINDS: dict[Any, str] = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "text",
    Path: "path",
    timedelta: "duration",
    time: "time of day",
    SecretStr: "secret",
    Hours: "part of a day",
    RetryOutcome: "outcome",
}


def reference() -> str:
    """The whole page."""
    groups: dict[str, list[Key]] = {}
    for key in every_key():
        groups.setdefault(key.section, []).append(key)
    outcomes = ", ".join(f"`{name}`" for name in get_args(RetryOutcome))
    parts = [INTRODUCTION, *starmap(_section, groups.items())]
    parts.append(f"The outcomes of `calling.retry_delays`: {outcomes}.\n")
    return "\n".join(parts)


def _section(name: str, keys: list[Key]) -> str:
    title = f"`[{name}]`" if name else "At the top of the file"
    head = f"## {title}\n\n{_about(name)}\n\n| key | kind | default | meaning |"
    return "\n".join([head, "| --- | --- | --- | --- |", *map(_row, keys), ""])


def _about(name: str) -> str:
    path = tuple(name.split("."))
    if not name or path == ("trunk", "NAME"):
        return (TrunkSettings if name else Settings).__doc__ or ""
    parent = section_at(path[:-1])
    return (parent.model_fields[path[-1]].description or "") if parent else ""


def _row(key: Key) -> str:
    meaning = " ".join((key.field.description or "").split())
    cells = (f"`{key.name}`", _kind(key.field.annotation), _default(key), meaning)
    return f"| {' | '.join(cells)} |"


def _kind(annotation: Any) -> str:
    if annotation in _KINDS:
        return _KINDS[annotation]
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ", ".join(f"`{choice}`" for choice in inner)
    if origin is tuple:
        return f"list: {_kind(inner[0])}"
    if origin is dict:
        return f"table: {_kind(inner[0])} = {_kind(inner[1])}"
    return _kind(next(kind for kind in inner if kind is not type(None)))


def _default(key: Key) -> str:
    if key.field.is_required():
        return "required"
    text = written(_default_value(key))
    return f"`{text.replace(str(Path.home()), '~')}`" if text else ""


def _default_value(key: Key) -> object:
    """The value in untouched settings: some defaults follow from others."""
    if key.section.startswith("trunk"):
        return key.field.default
    place: object = Settings()
    for name in key.path.split("."):
        place = getattr(place, name)
    return place


if __name__ == "__main__":  # pragma: no cover
    Path(sys.argv[1]).write_text(reference(), encoding="utf-8")
