"""Where settings come from: a TOML file, the environment, files that hold a secret.

Goes out: one raw table, and for each of its keys the place that it came from.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from automaton.errors import ConfigurationError, why_unread
from automaton.places import settings_file
from automaton.settings.keys import every_key

PREFIX = "AUTOMATON__"
Path_ = tuple[str, ...]
_HEADER = re.compile(r"\s*\[([^\[\]]+)\]\s*(#.*)?")
_KEY = re.compile(r"\s*([A-Za-z0-9_.\"'+-]+)\s*=")


@dataclass
class Raw:
    """The values as they were written, and for each key where."""

    table: dict[str, Any] = field(default_factory=dict)
    origins: dict[Path_, str] = field(default_factory=dict)
    folder: Path = field(default_factory=Path.cwd)

    def put(self, path: Path_, value: object, origin: str) -> None:
        """Set one value, over what is there."""
        table = self.table
        for name in path[:-1]:
            table = table.setdefault(name, {})
            if not isinstance(table, dict):
                raise _wrong(f"{origin}: {name} is a value, not a section.")
        table[path[-1]] = value
        for below in [key for key in self.origins if key[: len(path)] == path]:
            del self.origins[below]
        self.origins[path] = origin

    def origin_of(self, path: Path_) -> str:
        """The place of the key, or of the nearest section around it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.origins:
                return self.origins[path[:length]]
        return "default"


def gather(path: Path | None, environ: Mapping[str, str]) -> tuple[Raw, Path | None]:
    """Read every source, the stronger over the weaker; also the file that was read."""
    raw = Raw()
    _put_folders(raw, environ)
    file = settings_file(path, environ)
    if file is not None and not file.is_file():
        raise _wrong(f"There is no settings file {file}.")
    if file is not None:
        raw.folder = file.absolute().parent
        _put_file(raw, file)
    if "AUTOMATON_CACHE" in environ:
        raw.put(("folders", "cache"), environ["AUTOMATON_CACHE"], "AUTOMATON_CACHE")
    for name in sorted(environ):
        if name.startswith(PREFIX):
            raw.put(_path_of(name), _value(environ[name], name), name)
    _read_secret_files(raw)
    return raw, file


def _put_folders(raw: Raw, environ: Mapping[str, str]) -> None:
    for key, name in (("data", "XDG_DATA_HOME"), ("cache", "XDG_CACHE_HOME")):
        if environ.get(name):
            raw.put(("folders", key), str(Path(environ[name], "automaton")), name)


def _put_file(raw: Raw, file: Path) -> None:
    text = _text(file)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong(f"{file} is no TOML: {error}.") from error
    lines = _lines(text)
    for path, value in _leaves(table, ()):
        raw.put(path, value, _place(file, path, lines))
    for path in lines:
        raw.origins.setdefault(path, _place(file, path, lines))


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, ValueError) as error:  # not there; no UTF-8, a NUL in its name
        raise _wrong(f"{file} cannot be read: {why_unread(error)}.") from error


def _place(file: Path, path: Path_, lines: dict[Path_, int]) -> str:
    for length in range(len(path), 0, -1):
        if line := lines.get(path[:length]):
            return f"{file}, line {line}"
    return str(file)


def _leaves(table: dict[str, Any], path: Path_) -> Iterator[tuple[Path_, Any]]:
    for key, value in table.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value


def _lines(text: str) -> dict[Path_, int]:
    """The line of each section and key, as far as one look at each line tells."""
    found: dict[Path_, int] = {}
    section: Path_ = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.fullmatch(line):
            section = _names(header[1])
            found.setdefault(section, number)
        elif key := _KEY.match(line):
            found.setdefault((*section, *_names(key[1])), number)
    return found


def _names(dotted: str) -> Path_:
    return tuple(name.strip().strip("\"'") for name in dotted.split("."))


def _path_of(name: str) -> Path_:
    """`AUTOMATON__TRUNK__MY_TRUNK__LINES` is `trunk.my-trunk.lines`."""
    path = name.removeprefix(PREFIX).lower().split("__")
    if path[0] == "trunk" and len(path) > 1:
        path[1] = path[1].replace("_", "-")
    return tuple(path)


def _value(text: str, name: str) -> object:
    """Lists and tables are written as in TOML; the rest is read by its key's type."""
    if not text.startswith(("[", "{")):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError as error:
        raise _wrong(f"{name} is neither a list nor a table: {error}.") from error


def _read_secret_files(raw: Raw) -> None:
    secrets = {key.name for key in every_key() if key.is_secret}
    for path, file in list(_leaves(raw.table, ())):
        name = path[-1].removesuffix("_file")
        if name == path[-1] or name not in secrets:
            continue
        place = raw.origin_of(path)
        _drop(raw, path)
        if (*path[:-1], name) in raw.origins:
            raise _wrong(f"{place}: give {name} or {name}_file, not both.")
        secret = _secret_of(raw.folder, str(file))
        raw.put((*path[:-1], name), secret, f"{place}, from {file}")


def _secret_of(folder: Path, file: str) -> str:
    try:
        return _text(folder / Path(file).expanduser()).strip()
    except RuntimeError as error:
        raise _wrong(f"{file} cannot be read: {error}.") from error


def _drop(raw: Raw, path: Path_) -> None:
    table = raw.table
    for name in path[:-1]:
        table = table[name]
    del table[path[-1]]
    del raw.origins[path]


def _wrong(message: str) -> ConfigurationError:
    return ConfigurationError(message, error_id="settings")
