"""Show the settings: every key with its value, secrets hidden, and its origin."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time, timedelta

from pydantic import SecretStr

from automaton.settings.calling import Hours
from automaton.settings.load import Loaded
from automaton.settings.values import Section

HIDDEN = "••••••••"
_ADDRESS = re.compile(r"([a-z+0-9]+://[\w.-]*):[^@]*(@[\w.:-]*/[\w.-]*)(\?.*)?")
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


@dataclass(frozen=True)
class Shown:
    """One line of the listing."""

    key: str
    value: str
    origin: str


def show(loaded: Loaded) -> list[Shown]:
    """Every key in the order of the model."""
    return [
        Shown(key, value, _origin(key, loaded))
        for key, value in _values(loaded.settings, "")
    ]


def written(value: object) -> str:
    """A value as a person would write it."""
    if isinstance(value, SecretStr):
        return _hidden(value.get_secret_value())
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, time):
        return _clock(value)
    if isinstance(value, Hours):
        return f"{_clock(value.start)}-{_clock(value.end)}"
    if isinstance(value, tuple):
        return ", ".join(map(written, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} = {written(inner)}" for key, inner in value.items())
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _values(section: Section, path: str) -> Iterator[tuple[str, str]]:
    for name in type(section).model_fields:
        value = getattr(section, name)
        if name == "trunks":
            for trunk in value:
                yield from _values(trunk, f"trunk.{trunk.name}.")
        elif isinstance(value, Section):
            yield from _values(value, f"{path}{name}.")
        elif not (path.startswith("trunk.") and name == "name"):
            yield f"{path}{name}", written(value)


def _origin(key: str, loaded: Loaded) -> str:
    """The place of the key itself, or of a table that is its value."""
    if key in loaded.origins:
        return loaded.origins[key]
    inner = [o for name, o in loaded.origins.items() if name.startswith(f"{key}.")]
    return inner[0] if inner else "default"


def _hidden(secret: str) -> str:
    """An address of a database keeps what is not secret in it."""
    if secret.startswith("sqlite:"):
        return secret
    if found := _ADDRESS.fullmatch(secret):
        return f"{found[1]}:{HIDDEN}{found[2]}"
    return HIDDEN


def _duration(value: timedelta) -> str:
    seconds = value.total_seconds()
    for size, unit in _UNITS:
        if seconds and seconds % size == 0:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:g} s"


def _clock(value: time) -> str:
    return "24:00" if value == time.max else f"{value:%H:%M}"
