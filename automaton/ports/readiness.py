"""Proofs that telephones ring, as the engine's single writer thread sees them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from automaton.domain.readiness import OwnNumber, Phone, Proof


class ProofLedger(Protocol):
    """Part of `Transaction`: what was asked for, and what came of it."""

    def phones(self, numbers: Sequence[OwnNumber]) -> Sequence[Phone]:
        """Return the telephones of officers and those on duty, then our own numbers."""
        ...

    def proofs(self, since: datetime) -> Sequence[Proof]:
        """Return the proofs of readiness that were begun since a moment."""
        ...

    def begin_proof(self, proof: Proof) -> None:
        """Write that a call to prove a way begins."""
        ...

    def end_proof(self, proof: Proof) -> None:
        """Write what came of it; what our own number said is on record already."""
        ...

    def withdraw_proof(self, proof_id: str) -> None:
        """Forget a call that was to be made, and was not."""
        ...
