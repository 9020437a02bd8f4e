"""Load the settings: the sources in, one checked object and its origins out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from automaton.errors import ConfigurationError
from automaton.settings.checks import contradictions
from automaton.settings.faults import Fault, faults_of
from automaton.settings.model import Settings
from automaton.settings.sources import Raw, gather


@dataclass(frozen=True)
class Loaded:
    """Settings that hold together, and where each value came from.

    `origins` names a place for each key that is set, `trunk.NAME.lines`; a key that
    is not in it has its default. `path` is the file that was read, if any.
    """

    settings: Settings
    origins: Mapping[str, str]
    path: Path | None = None


def load(path: Path | None, environ: Mapping[str, str]) -> Loaded:
    """Read and check the settings.

    The file is `path`, else `$AUTOMATON_CONFIG`, `./automaton.toml` or
    `/etc/automaton/automaton.toml`; without any, the defaults hold. Variables
    `AUTOMATON__SECTION__KEY` go over the file. Raises `ConfigurationError`, whose
    message has one line for each fault.
    """
    raw, file = gather(path, environ)
    settings = _checked(raw)
    if faults := list(contradictions(settings)):
        raise _refusal(faults, raw)
    origins = {".".join(key): place for key, place in raw.origins.items()}
    return Loaded(settings, origins, file)


def _checked(raw: Raw) -> Settings:
    if "trunks" in raw.table:
        raise _refusal([Fault(("trunks",), "is unknown: write [trunk.NAME]")], raw)
    try:
        return Settings.model_validate(raw.table, context={"folder": raw.folder})
    except ValidationError as error:
        # "from None": the original would print secrets
        faults = list(faults_of(error, raw))
    raise _refusal(faults, raw)


def _refusal(faults: list[Fault], raw: Raw) -> ConfigurationError:
    lines = dict.fromkeys(fault.sentence(raw) for fault in faults)
    return ConfigurationError("\n".join(lines), error_id="settings")
