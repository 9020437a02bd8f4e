"""What is wrong with the settings, in sentences: what to change, and where."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from automaton.settings.keys import every_key, section_at
from automaton.settings.sources import Path_, Raw
from automaton.settings.trunk import TrunkSettings

_WORDS = {
    "missing": "is missing: add it",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "string_type": "must be text in quotes",
    "path_type": "must be a path in quotes",
    "literal_error": "must be {expected}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "finite_number": "must be a finite number",
    "less_than_equal": "must be at most {le}",
    "too_short": "must have at least {min_length} of them",
    "tuple_type": 'must be a list, like ["…", "…"]',
    "dict_type": "must be a table of keys and values",
    "model_type": "must be a section with keys of its own",
}

ALIKE = 0.8
"""So much of two names is the same where one is a slip of the other."""


@dataclass(frozen=True)
class Fault:
    """One thing to change: the key, the wrong value, the rest of the sentence."""

    path: Path_
    words: str
    value: str = ""

    def sentence(self, raw: Raw) -> str:
        """The whole sentence, with the place that the value came from."""
        subject = ".".join(self.path) or "the settings"
        place = raw.origin_of(self.path)
        where = "" if place == "default" else f"{place}: "
        return f"{where}{subject}{self.value} {self.words}."


def faults_of(error: ValidationError, raw: Raw) -> Iterator[Fault]:
    """Each fault that the model found."""
    for detail in error.errors(include_url=False):
        path = _path(detail["loc"], raw)
        if detail["type"] == "extra_forbidden":
            yield Fault(path, f"is unknown{_hint(path)}")
        else:
            yield Fault(path, words_of(detail), shown(detail["input"], path))


def _path(loc: tuple[int | str, ...], raw: Raw) -> Path_:
    """The key as it is written in the file: trunks by their names."""
    names = [str(part) for part in loc[:1]]
    names += [str(part) for part in loc[1:] if part != "[key]"]
    if len(names) > 1 and names[0] == "trunks" and isinstance(loc[1], int):
        names[:2] = ["trunk", list(raw.table["trunk"])[loc[1]]]
    return tuple(names)


def words_of(detail: ErrorDetails) -> str:
    """What the model has against a value, as the end of a sentence."""
    context = detail.get("ctx", {})
    if detail["type"] == "value_error":
        return str(context["error"])
    return _WORDS.get(detail["type"], f"is wrong: {detail['msg']}").format(**context)


def _hint(path: Path_) -> str:
    """The nearest key of the section, or the section that has a key of that name."""
    section = section_at(path[:-1])
    known = [*section.model_fields] if section else []
    known = ["trunk" if name == "trunks" else name for name in known]
    known = [name for name in known if (section, name) != (TrunkSettings, "name")]
    if near := get_close_matches(path[-1], known, n=1, cutoff=ALIKE):
        return f": write {near[0]}"
    homes = _homes(path[-1])
    if homes and len(path) == 1:
        return f" here: its place is {homes}"
    elsewhere = f"; elsewhere: {homes}" if homes else ""
    return f": take it out (known here: {', '.join(known)}{elsewhere})"


def _homes(name: str) -> str:
    """The places of keys with that name, or one that differs by a letter."""
    names = {key.name for key in every_key()}
    near = get_close_matches(name, names, n=1, cutoff=ALIKE)
    return " or ".join(key.path for key in every_key() if key.name in near)


def shown(value: Any, path: Path_) -> str:
    """The wrong value itself, unless it is long or may be a secret."""
    secrets = {key.name for key in every_key() if key.is_secret}
    if secrets & set(path) or not isinstance(value, str | int | float):
        return ""
    written = json.dumps(value, ensure_ascii=False)
    return f" = {written}" if len(written) <= 40 else ""
