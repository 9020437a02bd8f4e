"""Fills a database by the hundred thousand: rows that the database makes itself.

Ids sort in the order in which rows are made, as the product's do. Both databases.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, text

from automaton.store.columns import EPOCH, MICROSECOND
from automaton.store.engine import writing

TALK = 20  # seconds of every call
_SERIES = (
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n"
    " WHERE i + 1 < :count) "
)
_HOMES = (
    "INSERT INTO households (id, register_id, street, postal_code, city) {series}"
    "SELECT {home}, :register, (i % 97) || ' rue des Embruns', '17999', 'Rivemer'"
    " FROM n",
    "INSERT INTO contacts (id, register_id, household_id, rank, last_name, first_name,"
    " language, origin, notes, street, postal_code, city, created_at) {series}"
    "SELECT {person}, :register, {home}, 0, 'Marée ' || i, 'Jeanne', 'fr', 'self',"
    " '', '', '', '', {at} FROM n",
    "INSERT INTO contact_points (id, contact_id, kind, value, rank) {series}"
    "SELECT {point}, {person}, 'landline', {number}, 0 FROM n",
)
_RECIPIENTS = (
    "INSERT INTO recipients (id, campaign_id, household_id, state, proof, name,"
    " address, language, points, acknowledged_at, finished_at) {series}"
    "SELECT {recipient}, :campaign, {home}, {state}, {proof}, 'Jeanne Marée ' || i,"
    " (i % 97) || ' rue des Embruns, 17999 Rivemer', 'fr', {points}, {said},"
    " {ended} FROM n"
)
_ATTEMPTS = (
    "INSERT INTO attempts (id, campaign_id, recipient_id, contact_point_id, e164,"
    " ordinal, due_at, state, trunk, node, created_at, claimed_at, rang_at,"
    " answered_at, ended_at, key_at, keys, key_seq, heard_times, heard_seconds,"
    " machine, timed_out, no_channel, lost, withdrawn, sip, q850, proof, outcome)"
    " {series}"
    "SELECT {attempt}, :campaign, {recipient}, {point}, {number}, {made}, {left},"
    " 'ended', 'operator', 'main', {left}, {left}, {left}, {said}, {ended}, {said},"
    " {keys}, 0, 1, 6.0, false, false, false, false, false, 200, 16, {proof},"
    " {outcome} FROM n"
)
_SAYS = "i % 4 <> 3"  # three homes of four acknowledge, by their last call


@dataclass(frozen=True)
class Night:
    """A campaign that is over: who was rung, and how often each.

    `number`: the how manieth it is; `lines` calls leave at once.
    """

    campaign: str
    homes: int
    tries: int
    at: datetime
    number: int = 1
    lines: int = 200


def homes(engine: Engine, register: str, count: int, at: datetime) -> None:
    """Enter so many homes of one person with one number each."""
    with _hurried(engine) as connection:
        words = _of_homes(connection) | {"series": _SERIES, "at": _at(connection, at)}
        for statement in _HOMES:
            asked = {"count": count, "register": register}
            connection.execute(text(statement.format_map(words)), asked)


def calls(engine: Engine, night: Night) -> None:
    """Write the recipients and the calls of a campaign that is over."""
    asked = {"count": night.homes, "campaign": night.campaign}
    with _hurried(engine) as connection:
        words = _of_lives(connection, night, night.tries)
        connection.execute(text(_RECIPIENTS.format_map(words)), asked)
        for made in range(1, night.tries + 1):
            words = _of_lives(connection, night, made)
            connection.execute(text(_ATTEMPTS.format_map(words)), asked)


def analyse(engine: Engine) -> None:
    """Let the database learn how much there is; PostgreSQL does so by itself."""
    if engine.dialect.name != "sqlite":
        with writing(engine) as connection:
            connection.exec_driver_sql("ANALYZE")


@contextmanager
def _hurried(engine: Engine) -> Iterator[Connection]:
    """Give a connection that writes and need not survive a power cut."""
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            unguarded = "SET LOCAL session_replication_role = replica"
            connection.exec_driver_sql(unguarded)  # keys are not looked up
        else:
            connection.exec_driver_sql("PRAGMA cache_size = -200000")
        yield connection
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA cache_size = -2000")


def _of_homes(connection: Connection) -> dict[str, str]:
    """Return the words of who is rung.

    The first homes have numbers kept for fiction; there are too few of these for all,
    so the others' have four digits more, which no exchange knows.
    """
    long, short = _padded(connection, "i", 8), _padded(connection, "i % 10000", 4)
    ranges = enumerate(("+3319900", "+3326191", "+3335301", "+3346571"))
    known = " ".join(f"WHEN {n} THEN '{prefix}' || {short}" for n, prefix in ranges)
    number = f"CASE i / 10000 {known} ELSE '+3353649' || {long} END"
    kinds = enumerate(("home", "person", "point"))
    ids = {kind: f"'01900000-{n:04d}-7000-8000-0000' || {long}" for n, kind in kinds}
    return ids | {"number": number}


def _of_lives(connection: Connection, night: Night, made: int) -> dict[str, str]:
    """Return the words of the recipients, and of their calls of one round."""
    long, is_last = _padded(connection, "i", 8), made == night.tries
    begun = (made - 1) * (night.homes // night.lines + 1) * TALK
    left = f"{begun} + (i / {night.lines}) * {TALK}"
    who = f"'0191{night.number:04d}"
    says = _SAYS if is_last else "i < 0"
    points = "'[[\"' || {point} || '\",\"' || {number} || '\",0,false]]'"
    words = _of_homes(connection)
    points = points.format_map(words)
    is_sqlite = connection.dialect.name == "sqlite"
    answered = _after(connection, night.at, f"{left} + 6")
    nothing = "NULL" if is_sqlite else "CAST(NULL AS timestamptz)"
    return words | {
        "series": _SERIES,
        "made": str(made),
        "recipient": f"{who}-0000-7000-8000-0000' || {long}",
        "attempt": f"{who}-{made:04d}-7000-9000-0000' || {long}",
        "points": points if is_sqlite else f"CAST({points} AS json)",
        "left": _after(connection, night.at, left),
        "ended": _after(connection, night.at, f"{left} + {TALK}"),
        "said": f"CASE WHEN {says} THEN {answered} ELSE {nothing} END",
        "keys": f"CASE WHEN {says} THEN '1' ELSE '' END",
        "proof": f"CASE WHEN {says} THEN 'key' ELSE 'rung' END",
        "state": f"CASE WHEN {says} THEN 'acknowledged' ELSE 'exhausted' END",
        "outcome": f"CASE WHEN {says} THEN 'acknowledged' ELSE 'no_answer' END",
    }


def _padded(connection: Connection, number: str, digits: int) -> str:
    if connection.dialect.name == "sqlite":
        return f"printf('%0{digits}d', {number})"
    return f"lpad(CAST({number} AS text), {digits}, '0')"


def _at(connection: Connection, at: datetime) -> str:
    return _after(connection, at, "0")


def _after(connection: Connection, at: datetime, seconds: str) -> str:
    """Return a moment so many seconds after another, as this database keeps it."""
    if connection.dialect.name == "sqlite":
        return f"{(at - EPOCH) // MICROSECOND} + ({seconds}) * 1000000"
    return f"timestamptz '{at.isoformat()}' + make_interval(secs => {seconds})"
