"""Settings in, wired objects out: the one place that chooses every adapter.

`exchange` is Asterisk and the telephone, `records` the database, `speech` what speaks,
`terms` what a node knows of itself, `backups` the daily one.
"""

from automaton.bootstrap.backups import DailySafe, safe
from automaton.bootstrap.exchange import (
    access,
    asterisk_folder,
    expected,
    installation,
    is_asterisk_current,
    render_for_theirs,
    rendered_node,
    start_asterisk,
    telephone,
)
from automaton.bootstrap.records import (
    book,
    clock_of,
    finish_started_imports,
    fleet,
    foreseer,
    ledger,
    node_lock,
    note_end,
    refuse_living,
    reserve,
    sounds,
)
from automaton.bootstrap.speech import phrasebook, render_phrases, speaker
from automaton.bootstrap.terms import (
    node_settings,
    own_numbers,
    terms_of_trunks,
    trunks,
)

__all__ = [
    "DailySafe",
    "access",
    "asterisk_folder",
    "book",
    "clock_of",
    "expected",
    "finish_started_imports",
    "fleet",
    "foreseer",
    "installation",
    "is_asterisk_current",
    "ledger",
    "node_lock",
    "node_settings",
    "note_end",
    "own_numbers",
    "phrasebook",
    "refuse_living",
    "render_for_theirs",
    "render_phrases",
    "rendered_node",
    "reserve",
    "safe",
    "sounds",
    "speaker",
    "start_asterisk",
    "telephone",
    "terms_of_trunks",
    "trunks",
]
