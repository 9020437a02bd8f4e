"""What the engine needs of the world, as small ports.

Adapters implement them; the tests' fakes pass the same contract tests. `Telephone`
speaks to Asterisk, `Ledger` is the database seen from the engine's single writer
thread. Nothing here does anything.
"""

from automaton.ports.fleet import (
    USUAL_LEASE,
    DayShare,
    DayWish,
    Fleet,
    NodeSeen,
    SliceWish,
    Standing,
)
from automaton.ports.gauges import (
    BeatFigures,
    Gauges,
    JournalFigures,
    NodeFigures,
    NoGauges,
    TrunkFigures,
    TrunkState,
)
from automaton.ports.ledger import Ledger, Transaction
from automaton.ports.rows import (
    Case,
    Claim,
    Command,
    DutyCall,
    Moved,
    PlannedTry,
    RecipientChange,
    Room,
    TrunkCondition,
    Want,
)
from automaton.ports.surroundings import Foreseer, Safe, Sentences, Sounds, Speaker
from automaton.ports.telephone import (
    CHOKED,
    ORDER_KEPT,
    TOO_OLD,
    CallInKey,
    CallOrder,
    JournalledKey,
    LiveCall,
    Person,
    Telephone,
)

__all__ = [
    "CHOKED",
    "ORDER_KEPT",
    "TOO_OLD",
    "USUAL_LEASE",
    "BeatFigures",
    "CallInKey",
    "CallOrder",
    "Case",
    "Claim",
    "Command",
    "DayShare",
    "DayWish",
    "DutyCall",
    "Fleet",
    "Foreseer",
    "Gauges",
    "JournalFigures",
    "JournalledKey",
    "Ledger",
    "LiveCall",
    "Moved",
    "NoGauges",
    "NodeFigures",
    "NodeSeen",
    "Person",
    "PlannedTry",
    "RecipientChange",
    "Room",
    "Safe",
    "Sentences",
    "SliceWish",
    "Sounds",
    "Speaker",
    "Standing",
    "Telephone",
    "Transaction",
    "TrunkCondition",
    "TrunkFigures",
    "TrunkState",
    "Want",
]
