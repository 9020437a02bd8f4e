"""Where the settings lie: found here without reading what they need to be checked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

PLACES = (Path("automaton.toml"), Path("/etc/automaton/automaton.toml"))


def settings_file(named: Path | None, environ: Mapping[str, str]) -> Path | None:
    """Return the file named, else by `$AUTOMATON_CONFIG`, else the first in a place.

    One that is named need not be there; None where none is named and none is there.
    """
    chosen = environ.get("AUTOMATON_CONFIG")
    if named is not None or chosen:
        return named or Path(str(chosen))
    return next((place for place in PLACES if place.is_file()), None)
