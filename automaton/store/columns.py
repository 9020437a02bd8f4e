"""The kinds of columns that every table uses, and how their values are written.

Moments are aware UTC datetimes outside; in SQLite they are whole microseconds since
1970, which sort and compare fast, in PostgreSQL `timestamp with time zone`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Interval,
    MetaData,
    String,
    Text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
WORD_LENGTH = 24

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """An aware datetime in UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return what the database keeps."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Return what is written."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return (value - EPOCH) // MICROSECOND if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return what was read, in UTC."""
        if dialect.name == "sqlite":
            return _from_microseconds(value)
        return None if value is None else cast(datetime, value).astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Return what reads a value: eight of them make a call, so by the short way."""
        if dialect.name == "sqlite":
            return _from_microseconds
        return super().result_processor(dialect, coltype)


def _from_microseconds(value: int | None) -> datetime | None:
    return None if value is None else EPOCH + timedelta(0, 0, value)


class Span(TypeDecorator[timedelta]):
    """A length of time, as the difference of two moments comes out."""

    impl = Interval
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return what the database makes of it."""
        kind = BigInteger() if dialect.name == "sqlite" else Interval()
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> Any:
        """Return what is written."""
        if value is None or dialect.name != "sqlite":
            return value
        return value // MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> timedelta | None:
        """Return what was read."""
        if value is None or dialect.name != "sqlite":
            return cast(timedelta | None, value)
        return timedelta(microseconds=value)


class Word(TypeDecorator[StrEnum]):
    """One word of a closed list, written as text; a new word needs no migration."""

    impl = String(WORD_LENGTH)
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words
        self.by_value = {word.value: word for word in words}

    def process_bind_param(self, value: StrEnum | None, _: Dialect) -> str | None:
        """Return what is written."""
        return None if value is None else self.by_value[value].value

    def process_result_value(self, value: Any, _: Dialect) -> StrEnum | None:
        """Return what was read."""
        return None if value is None else self.by_value[value]

    def result_processor(self, _: Dialect, coltype: object) -> Any:  # noqa: ARG002
        """Return what reads a value: two of them make a call, so by the short way."""
        return ({None: None} | self.by_value).__getitem__


def id_column() -> Column[str]:
    """Return the primary key of a table: a UUIDv7 as text."""
    return Column("id", String(36), primary_key=True)


def reference(
    name: str, to: str, *, null: bool = False, ondelete: str | None = None
) -> Column[str]:
    """Return a column that holds the id of a row of another table."""
    key = ForeignKey(to, ondelete=ondelete)
    return Column(name, String(36), key, nullable=null)


def moment(name: str, *, null: bool = True) -> Column[datetime]:
    """Return a column that holds a moment."""
    return Column(name, Moment(), nullable=null)


def text(name: str, *, default: str | None = "") -> Column[str]:
    """Return a text column, empty where nothing was given; nullable without default."""
    return Column(name, Text, nullable=default is None, default=default)
