"""Every key there is, read off the model: for documents, hints and secrets."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from automaton.settings.model import Settings
from automaton.settings.trunk import TrunkSettings
from automaton.settings.values import Section


@dataclass(frozen=True)
class Key:
    """One key: `section` such as `trunk.NAME`, `name` such as `lines`."""

    section: str
    name: str
    field: FieldInfo

    @property
    def path(self) -> str:
        """The whole key, `trunk.NAME.lines`."""
        return f"{self.section}.{self.name}".lstrip(".")

    @property
    def is_secret(self) -> bool:
        """The value is never shown."""
        return SecretStr in _types(self.field.annotation)


def every_key() -> tuple[Key, ...]:
    """All keys, in the order of the model."""
    return tuple(_keys(Settings, ""))


def section_at(path: tuple[str, ...]) -> type[Section] | None:
    """The section that a path of keys leads to, None where there is none."""
    model: type[Section] | None = Settings
    if path[:1] == ("trunk",):
        model, path = TrunkSettings, path[2:]
    for name in path:
        field = model.model_fields.get(name) if model else None
        model = section_of(field) if field else None
    return model


def section_of(field: FieldInfo) -> type[Section] | None:
    """The section that a field holds, None where it holds a value."""
    if get_origin(field.annotation) in (tuple, dict):
        return None
    for kind in _types(field.annotation):
        if isinstance(kind, type) and issubclass(kind, Section):
            return kind
    return None


def _keys(model: type[Section], section: str) -> Iterator[Key]:
    for name, field in model.model_fields.items():
        inner = section_of(field)
        if name == "trunks":
            yield from _keys(TrunkSettings, "trunk.NAME")
        elif inner is not None:
            yield from _keys(inner, f"{section}.{name}".lstrip("."))
        elif (model, name) != (TrunkSettings, "name"):
            yield Key(section, name, field)


def _types(annotation: Any) -> set[Any]:
    """The annotation and every type written inside it."""
    found = {annotation}
    for inner in get_args(annotation):
        if not isinstance(inner, str):
            found |= _types(inner)
    return found
