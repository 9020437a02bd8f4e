"""The settings as a file that can be read back: whole, and with their secrets.

For the encrypted archive alone; what people are shown is `show`.
"""

import json
from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from automaton.settings.calling import Hours
from automaton.settings.model import Settings
from automaton.settings.show import written
from automaton.settings.values import Section


def as_toml(settings: Settings) -> str:
    """Return every setting that has a value, secrets in clear."""
    return "\n".join(_table(settings, ())) + "\n"


def _table(section: Section, path: tuple[str, ...]) -> Iterator[str]:
    """Yield a section: its values first, then the sections in it."""
    below: list[tuple[tuple[str, ...], Section]] = []
    if path:
        yield f"\n[{'.'.join(path)}]"
    for name in type(section).model_fields:
        value = getattr(section, name)
        if name == "trunks":
            below += [(("trunk", trunk.name), trunk) for trunk in value]
        elif isinstance(value, Section):
            below.append(((*path, name), value))
        elif value is not None and not _is_name_of_a_trunk(path, name):
            yield f"{name} = {_toml(value)}"
    for inner, one in below:
        yield from _table(one, inner)


def _is_name_of_a_trunk(path: tuple[str, ...], name: str) -> bool:
    return len(path) == 2 and path[0] == "trunk" and name == "name"


def _toml(value: Any) -> str:
    if isinstance(value, tuple | list | set | frozenset):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, dict):
        pairs = (f"{json.dumps(str(k))} = {_toml(v)}" for k, v in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, timedelta):
        return str(value.total_seconds())
    if isinstance(value, Hours | time):
        value = written(value)
    if isinstance(value, Path):
        value = str(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
