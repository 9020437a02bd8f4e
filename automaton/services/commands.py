"""What people tell a campaign to do: a committed row, and a tap on the daemon's door.

The daemon obeys (`engine.lifecycle`); where it does not run the row waits for it, and
whoever asked is told so.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from automaton.domain.campaign import FINAL_CAMPAIGN_STATES, CampaignState, Move, moved
from automaton.domain.proof import Proof
from automaton.errors import LineError, RequestError
from automaton.services.office import Office
from automaton.store.drafts import Ask, CommandFate
from automaton.store.failures import LOST
from automaton.store.living import living

POLL = timedelta(milliseconds=500)
PATIENCE = timedelta(seconds=10)
KNOCK = b"look"
SPOKEN_PROOFS = frozenset({Proof.AGENTS_WORD, Proof.RELATIVES_WORD, Proof.CALLED_BACK})
Sleep = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """A command that is committed; without `daemon_awake` it waits for the daemon."""

    command_id: int
    campaign_id: str
    daemon_awake: bool

    @property
    def sentence(self) -> str:
        """Say where the command stands."""
        if self.daemon_awake:
            return "Handed to the daemon."
        return "Queued; the daemon is not running."


def pause(office: Office, campaign_id: str, by: str, reason: str = "") -> Asked:
    """Let no new call leave; calls that live go on."""
    return _move(office, campaign_id, Move.PAUSE, by, reason)


def resume(office: Office, campaign_id: str, by: str) -> Asked:
    """Let calls leave again; a pause that waits for the daemon is taken back."""
    return _move(office, campaign_id, Move.RESUME, by)


def stop(office: Office, campaign_id: str, by: str, reason: str = "") -> Asked:
    """End a campaign: no new call; those that live end their sentence."""
    return _move(office, campaign_id, Move.STOP, by, reason)


def acknowledge(
    office: Office,
    campaign_id: str,
    recipient_id: str,
    by: str,
    proof: Proof = Proof.AGENTS_WORD,
) -> Asked:
    """Take a person's word that a recipient knows; a call that still rings is ended."""
    if proof not in SPOKEN_PROOFS:
        raise RequestError(f"{proof} is nobody's word.", error_id="proof")
    recipient = office.desk.recipient_of(campaign_id, recipient_id)
    payload = {"recipient": recipient, "proof": proof.value}
    now = office.clock.now()
    return leave(office, Ask("acknowledge", campaign_id, by, now, payload))


def leave(office: Office, *asked: Ask) -> Asked:
    """Commit commands together, then knock; return where the last one stands."""
    *_, command = office.desk.ask(*asked)
    return handed(office, command, asked[-1].campaign_id)


def handed(office: Office, command: int, campaign_id: str) -> Asked:
    """Knock for a command that is committed; return where it stands."""
    awake = knocked(office.settings.control_socket) or _is_one_elsewhere(office)
    return Asked(command, campaign_id, awake)


def _is_one_elsewhere(office: Office) -> bool:
    """Tell whether a daemon is known to be at work on another machine.

    A database that fails now does not undo what it has committed.
    """
    try:
        return bool(living(office.desk.engine))
    except LineError:
        return False


def knocked(door: Path) -> bool:
    """Wake the daemon by one datagram; False where nobody listens there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as knuckle:
        knuckle.setblocking(False)
        try:
            knuckle.sendto(KNOCK, str(door))
        except BlockingIOError:  # its box is full of knocks: it is there
            return True
        except OSError:
            return False
    return True


def is_open(door: Path) -> bool:
    """Tell whether a daemon listens at its door, without waking it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as visitor:
        try:
            visitor.connect(str(door))
        except OSError:
            return False
    return True


def is_awake(office: Office) -> bool:
    """Tell whether a daemon listens here, or is at work on another machine."""
    is_here = is_open(office.settings.control_socket)
    return is_here or bool(living(office.desk.engine))


def refuse_move(state: CampaignState, *moves: Move) -> None:
    """Raise `RequestError` where none of these moves is possible in a state."""
    if not any(moved(state, move) for move in moves):
        message = f"A campaign that is {state.value} cannot {moves[0].value}."
        raise RequestError(message, error_id="campaign-state")


def wait_for_command(
    office: Office,
    command_id: int,
    within: timedelta = PATIENCE,
    sleep: Sleep = time.sleep,
) -> CommandFate:
    """Return what became of a command, at the latest after `within`.

    `RequestError` where the daemon refused it.
    """
    until = office.clock.monotonic() + within.total_seconds()
    while True:
        fate = office.desk.fate(command_id)
        if fate.refusal is not None:
            raise RequestError(f"Refused: {fate.refusal}.", error_id="command-refused")
        if fate.finished_at is not None or office.clock.monotonic() >= until:
            return fate
        sleep(POLL.total_seconds() / 10)


def is_carried_out(
    office: Office,
    command_id: int,
    within: timedelta = PATIENCE,
    sleep: Sleep = time.sleep,
) -> bool:
    """Tell whether the daemon has carried a command out, at the latest after `within`.

    False: it is on record, and nobody knows yet, also where the database fails
    meanwhile. `RequestError` where the daemon refused it.
    """
    until = office.clock.monotonic() + within.total_seconds()
    while True:
        left = timedelta(seconds=until - office.clock.monotonic())
        try:
            fate = wait_for_command(office, command_id, left, sleep)
        except LineError:
            if left <= timedelta():
                return False
            sleep(POLL.total_seconds())
        else:
            return fate.finished_at is not None


def may_be_on_record(error: LineError) -> bool:
    """Tell whether what was being written may stand: the answer to it was lost."""
    return error.error_id == LOST


def wait_for_end(
    office: Office,
    campaign_id: str,
    within: timedelta | None = None,
    sleep: Sleep = time.sleep,
) -> CampaignState:
    """Return a campaign's state once it is final, or when the time is over."""
    until = (
        None if within is None else office.clock.monotonic() + within.total_seconds()
    )
    while True:
        state = office.desk.state(campaign_id)
        over = until is not None and office.clock.monotonic() >= until
        if state in FINAL_CAMPAIGN_STATES or over:
            return state
        sleep(POLL.total_seconds())


def _move(
    office: Office, campaign_id: str, move: Move, by: str, reason: str = ""
) -> Asked:
    takes_back = move is Move.RESUME and office.desk.pause_waits(campaign_id)
    state = office.desk.state(campaign_id)
    if not (takes_back and state is CampaignState.RUNNING):
        refuse_move(state, move)
    payload = {"reason": reason} if reason else {}
    return leave(office, Ask(move.value, campaign_id, by, office.clock.now(), payload))
