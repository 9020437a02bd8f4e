"""Whom a campaign rings, every try, and which numbers are being rung now."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
)

from automaton.domain.attempt import AttemptState
from automaton.domain.outcome import Outcome
from automaton.domain.recipient import RecipientState
from automaton.store.columns import Word, id_column, metadata, moment, reference

# A household, a contact or an establishment as it was when the campaign was planned.
# `points`: [[contact point id, E.164, rank, flagged], …]. `said`: what the variables of
# the message stand for.
recipients = Table(
    "recipients",
    metadata,
    id_column(),
    reference("campaign_id", "campaigns.id"),
    reference("household_id", "households.id", null=True, ondelete="SET NULL"),
    reference("contact_id", "contacts.id", null=True, ondelete="SET NULL"),
    reference("establishment_id", "establishments.id", null=True, ondelete="SET NULL"),
    Column("state", Word(RecipientState), nullable=False),
    Column("proof", String(24), nullable=False, default="none"),
    moment("acknowledged_at"),
    moment("finished_at"),
    Column("name", String(250), nullable=False, default=""),
    Column("address", String(320), nullable=False, default=""),
    Column("language", String(8), nullable=False, default="fr"),
    Column("codeword_prompt", String(80)),
    Column("points", JSON, nullable=False),
    Column("said", JSON(none_as_null=True)),
    Index("ix_recipients_campaign_id_state", "campaign_id", "state"),
    Index("ix_recipients_household_id", "household_id"),
    Index("ix_recipients_contact_id", "contact_id"),
    Index("ix_recipients_establishment_id", "establishment_id"),
    UniqueConstraint("campaign_id", "household_id"),
    UniqueConstraint("campaign_id", "contact_id"),
    UniqueConstraint("campaign_id", "establishment_id"),
)

# `domain.Attempt` as a row. The contact point may be erased; its id stays here.
attempts = Table(
    "attempts",
    metadata,
    id_column(),
    reference("campaign_id", "campaigns.id"),
    reference("recipient_id", "recipients.id"),
    Column("contact_point_id", String(36), nullable=False),
    Column("e164", String(16), nullable=False),
    Column("ordinal", SmallInteger, nullable=False, server_default="1"),
    moment("due_at", null=False),
    Column("state", Word(AttemptState), nullable=False),
    Column("trunk", String(64)),
    Column("avoid_trunk", String(64)),
    Column("node", String(64)),
    moment("created_at", null=False),
    moment("claimed_at"),
    moment("rang_at"),
    moment("announced_at"),
    moment("answered_at"),
    moment("ended_at"),
    moment("key_at"),
    Column("keys", String(40), nullable=False, default=""),
    Column("key_seq", Integer, nullable=False, default=0),
    Column("heard_times", Integer, nullable=False, default=0),
    Column("heard_seconds", Float, nullable=False, default=0.0),
    Column("machine", Boolean, nullable=False, default=False),
    Column("screened", Boolean, nullable=False, default=False, server_default=false()),
    Column("timed_out", Boolean, nullable=False, default=False),
    Column("no_channel", Boolean, nullable=False, default=False),
    Column("lost", Boolean, nullable=False, default=False),
    Column("withdrawn", Boolean, nullable=False, default=False),
    Column("sip", Integer),
    Column("q850", Integer),
    Column("retry_after", Integer),
    Column("proof", String(24)),
    Column("outcome", Word(Outcome)),
    Index("ix_attempts_recipient_id", "recipient_id"),
    Index("ix_attempts_e164_claimed_at", "e164", "claimed_at"),
    Index("ix_attempts_campaign_id_outcome", "campaign_id", "outcome"),
)

_OPEN = text("state <> 'ended'")
_PLANNED = text("state = 'planned'")
_AGAIN = text("state = 'planned' AND ordinal > 1")
_TAKEN = text("state <> 'ended' AND state <> 'planned'")
_LEFT = text("claimed_at IS NOT NULL")

# One open attempt per recipient: the database itself holds it.
Index(
    "uq_attempts_open",
    attempts.c.recipient_id,
    unique=True,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)
# The queue of each campaign; an attempt leaves it when it is claimed.
Index(
    "ix_attempts_queue",
    attempts.c.campaign_id,
    attempts.c.due_at,
    attempts.c.id,
    sqlite_where=_PLANNED,
    postgresql_where=_PLANNED,
)
# Retries alone, which have a share of the claims: first tries do not pay for it.
Index(
    "ix_attempts_again",
    attempts.c.campaign_id,
    attempts.c.due_at,
    attempts.c.id,
    sqlite_where=_AGAIN,
    postgresql_where=_AGAIN,
)
# What is on a line, or may still be.
Index(
    "ix_attempts_taken",
    attempts.c.campaign_id,
    attempts.c.node,
    sqlite_where=_TAKEN,
    postgresql_where=_TAKEN,
)
# What left last. Partial, lest the planner take it for questions about states.
Index(
    "ix_attempts_left",
    attempts.c.campaign_id,
    attempts.c.claimed_at,
    sqlite_where=_LEFT,
    postgresql_where=_LEFT,
)

# A number that is being rung, or may be; no other call may leave to it.
live_numbers = Table(
    "live_numbers",
    metadata,
    Column("e164", String(16), primary_key=True),
    Column("attempt_id", String(36), nullable=False),
    Column("node", String(64), nullable=False),
    Column("epoch", Integer, nullable=False, default=0),
    moment("taken_at", null=False),
    Column("lasts", Integer),  # seconds at most; of calls that are no attempts
)

# Numbers whose people asked for no more information calls (key 9, or in words).
opt_outs = Table(
    "opt_outs",
    metadata,
    reference("collectivity_id", "collectivities.id"),
    Column("e164", String(16), nullable=False),
    moment("at", null=False),
    Column("how", String(24), nullable=False),
    reference("campaign_id", "campaigns.id", null=True),
    PrimaryKeyConstraint("collectivity_id", "e164"),
)

# Calls for help (key 3), open until somebody closes them. One for each attempt, and one
# open one for each home. `taken_by` is an entry of the duty list, which may be gone.
alarms = Table(
    "alarms",
    metadata,
    id_column(),
    reference("collectivity_id", "collectivities.id"),
    reference("campaign_id", "campaigns.id"),
    reference("recipient_id", "recipients.id"),
    Column("attempt_id", String(36), nullable=False, unique=True),
    moment("opened_at", null=False),
    Column("rounds", Integer, nullable=False, default=0),
    Column("taken_by", String(36)),
    Column("taken_name", String(200), nullable=False, default=""),
    moment("taken_at"),
    Column("closed_by", String(200)),
    moment("closed_at"),
    Column("note", String(500), nullable=False, default=""),
    Index("ix_alarms_campaign_id", "campaign_id"),
)
_UNCLOSED = text("closed_at IS NULL")
Index(
    "uq_alarms_open",
    alarms.c.recipient_id,
    unique=True,
    sqlite_where=_UNCLOSED,
    postgresql_where=_UNCLOSED,
)
