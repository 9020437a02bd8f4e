"""Which places of backups fail, kept beside the backups' keys over all restarts.

A file that is lost or damaged costs one more call to the duty list, never one less.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from automaton.domain.failing import Failing, Known, still
from automaton.private import make_private_folder, open_private
from automaton.services.backups import places_of, signing_key_of
from automaton.settings import Settings
from automaton.store.safety import safety_book

_FORM = TypeAdapter(dict[str, Failing])


def last_whole(settings: Settings) -> Mapping[str, datetime | None]:
    """Return when each place of the settings had a whole backup last."""
    places = [place.name for place in places_of(settings)]
    with safety_book(settings, sealed=False) as book:
        return book.last_at(places)


def known_failing(settings: Settings) -> Known:
    """Return which places have failed and not worked since."""
    try:
        known = _FORM.validate_json(_file_of(settings).read_bytes())
    except (FileNotFoundError, ValidationError):
        return {}
    return still(known, last_whole(settings))


def keep_failing(settings: Settings, known: Known) -> None:
    """Write that down; the file is the old one or the new one, never a part.

    It has its name only once it is on the disk.
    """
    file = _file_of(settings)
    if not known:
        file.unlink(missing_ok=True)
        return
    make_private_folder(file.parent)
    part = file.with_suffix(".part")
    with open_private(part) as into:
        into.write(_FORM.dump_json(dict(known), indent=2).decode())
        into.flush()
        os.fsync(into.fileno())
    part.replace(file)


def _file_of(settings: Settings) -> Path:
    return signing_key_of(settings).with_name("failing.json")
