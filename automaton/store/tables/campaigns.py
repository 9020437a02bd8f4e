"""What is said, to whom and under which policy: messages and campaigns."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.store.columns import Word, id_column, metadata, moment, reference, text
from automaton.store.policies import PolicyText

messages = Table(
    "messages",
    metadata,
    id_column(),
    reference("collectivity_id", "collectivities.id"),
    Column("name", String(200), nullable=False, default=""),
    moment("created_at", null=False),
)

# One language of a message: a text or the file of a recording, and its sounds.
# `seconds` is how long the prompt lasts. `parts`: prompts, and variables in braces.
message_texts = Table(
    "message_texts",
    metadata,
    id_column(),
    reference("message_id", "messages.id", ondelete="CASCADE"),
    Column("language", String(8), nullable=False),
    text("text"),
    text("machine_text"),
    Column("recording", String(255)),
    Column("prompt", String(80), nullable=False),
    Column("machine_prompt", String(80)),
    Column("seconds", Float, nullable=False, default=0.0),
    Column("parts", JSON(none_as_null=True)),
    UniqueConstraint("message_id", "language"),
)

# `audience` is the question "who" (see `audience.py`), `plan_cursor` how far it is
# answered, `frozen_homes` how many can be rung so far (NULL: nobody counted).
# follow_up: again, correction, all_clear, of the campaign `parent_id`.
campaigns = Table(
    "campaigns",
    metadata,
    id_column(),
    reference("collectivity_id", "collectivities.id"),
    reference("register_id", "registers.id"),
    reference("message_id", "messages.id"),
    reference("parent_id", "campaigns.id", null=True),
    Column("follow_up", String(24)),
    Column("name", String(200), nullable=False),
    Column("class", Word(CampaignClass), nullable=False, key="campaign_class"),
    Column("state", Word(CampaignState), nullable=False),
    Column("policy", PolicyText, nullable=False),
    Column("audience", JSON, nullable=False),
    Column("forecast", JSON),
    Column("planned", Boolean, nullable=False, default=False),
    Column("plan_cursor", String(60), nullable=False, default=""),
    Column("frozen_homes", Integer, default=0),
    text("pause_reason", default=None),
    Column("created_by", String(200), nullable=False, default=""),
    Column("launched_by", String(200)),
    moment("created_at", null=False),
    moment("launched_at"),
    moment("started_at"),
    moment("finished_at"),
    moment("starts_at"),
    moment("expires_at"),
    Index("ix_campaigns_state", "state"),
    Index("ix_campaigns_collectivity_id", "collectivity_id"),
)

# What was expected while a campaign went on; `campaigns.forecast` is of its launch.
forecasts = Table(
    "forecasts",
    metadata,
    reference("campaign_id", "campaigns.id", ondelete="CASCADE"),
    moment("made_at", null=False),
    moment("at_50"),
    moment("at_80"),
    moment("at_90"),
    moment("ends_at"),
    Column("reachable", Float),
    Column("acknowledged", Integer, nullable=False),
    PrimaryKeyConstraint("campaign_id", "made_at"),
)
