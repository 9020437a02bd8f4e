"""What the engine needs of the world, as small ports.

Adapters implement them; the tests' fakes pass the same contract tests. `Telephone`
speaks to Asterisk, `Ledger` is the database seen from the engine's single writer
thread. Nothing here does anything.
"""

from automaton.ports.ledger import Ledger, Transaction
from automaton.ports.rows import (
    Case,
    Claim,
    Command,
    DutyCall,
    Moved,
    PlannedTry,
    RecipientChange,
    TrunkCondition,
    Want,
)
from automaton.ports.surroundings import Safe, Speaker
from automaton.ports.telephone import CallOrder, JournalledKey, LiveCall, Telephone

__all__ = [
    "CallOrder",
    "Case",
    "Claim",
    "Command",
    "DutyCall",
    "JournalledKey",
    "Ledger",
    "LiveCall",
    "Moved",
    "PlannedTry",
    "RecipientChange",
    "Safe",
    "Speaker",
    "Telephone",
    "Transaction",
    "TrunkCondition",
    "Want",
]
