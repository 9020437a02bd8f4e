"""What the telephone needs as a console: officers, scenarios, approvals."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from automaton.domain.approval import Decision
from automaton.domain.campaign import CampaignClass
from automaton.store.columns import Word, id_column, metadata, moment, reference, text

# `code` is a hash (argon2id), never the code.
officers = Table(
    "officers",
    metadata,
    id_column(),
    reference("collectivity_id", "collectivities.id"),
    Column("short_number", String(4), nullable=False),
    Column("name", String(200), nullable=False),
    Column("code", String(200), nullable=False),
    Column("phone", String(16)),
    Column("language", String(8), nullable=False, default="fr"),
    moment("created_at", null=False),
    moment("rung_back_at"),
    UniqueConstraint("collectivity_id", "short_number"),
)

# Tries in vain at the officers' door, of the last day alone. `short_number`: where it
# was tried, empty where that can be none; `caller`: empty without a number; `proven`:
# the call was ours; `told`: those on duty were told at this one.
officer_tries = Table(
    "officer_tries",
    metadata,
    id_column(),
    reference("collectivity_id", "collectivities.id"),
    Column("short_number", String(4), nullable=False),
    Column("caller", String(16), nullable=False),
    Column("proven", Boolean, nullable=False),
    Column("told", Boolean, nullable=False, default=False),
    moment("at", null=False),
    Index("ix_officer_tries_collectivity_id_at", "collectivity_id", "at"),
)

# A campaign prepared in advance. `number` is typed on a telephone, `spoken_name` is
# said there; `wish` is what a draft is made of (`services.scenarios`).
scenarios = Table(
    "scenarios",
    metadata,
    id_column(),
    reference("collectivity_id", "collectivities.id"),
    reference("register_id", "registers.id"),
    Column("number", Integer, nullable=False),
    Column("name", String(200), nullable=False),
    Column("spoken_name", String(200), nullable=False),
    Column("class", Word(CampaignClass), nullable=False, key="campaign_class"),
    Column("wish", JSON, nullable=False, default=dict),
    Column("created_by", String(200), nullable=False, default=""),
    moment("created_at", null=False),
    UniqueConstraint("collectivity_id", "number"),
)

# A second officer's word on a launch by telephone. Nobody has decided: `decision` NULL.
approvals = Table(
    "approvals",
    metadata,
    id_column(),
    reference("campaign_id", "campaigns.id"),
    Column("asked_by", String(200), nullable=False),
    moment("asked_at", null=False),
    Column("homes", Integer, nullable=False, default=0),
    Column("decision", Word(Decision)),
    Column("decided_by", String(200)),
    moment("decided_at"),
    text("reason"),
    Index("ix_approvals_campaign_id", "campaign_id"),
)
