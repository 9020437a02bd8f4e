"""Campaigns, what they say, whom they ring, and every try."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from automaton.store.columns import Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _messages()
    _message_texts()
    _campaigns()
    _commands()
    _duty_calls()
    _recipients()
    _attempts()
    _live_numbers()
    _opt_outs()


def downgrade() -> None:
    for table in (
        "opt_outs",
        "live_numbers",
        "attempts",
        "recipients",
        "duty_calls",
        "commands",
        "campaigns",
        "message_texts",
        "messages",
    ):
        op.drop_table(table)


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("collectivity_id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["collectivity_id"], ["collectivities.id"]),
        sa.PrimaryKeyConstraint("id"),
    )


def _message_texts() -> None:
    op.create_table(
        "message_texts",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("message_id", sa.String(36), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("machine_text", sa.Text(), nullable=False),
        sa.Column("recording", sa.String(255)),
        sa.Column("prompt", sa.String(80), nullable=False),
        sa.Column("machine_prompt", sa.String(80)),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["messages.id"],
            name="fk_message_texts_message_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id", "language"),
    )


def _campaigns() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("collectivity_id", sa.String(36), nullable=False),
        sa.Column("register_id", sa.String(36), nullable=False),
        sa.Column("message_id", sa.String(36), nullable=False),
        sa.Column("parent_id", sa.String(36)),
        sa.Column("follow_up", sa.String(24)),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("class", sa.String(24), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("forecast", sa.JSON()),
        sa.Column("planned", sa.Boolean(), nullable=False),
        sa.Column("plan_cursor", sa.String(60), nullable=False),
        sa.Column("pause_reason", sa.Text()),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("launched_by", sa.String(200)),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("launched_at", Moment()),
        sa.Column("started_at", Moment()),
        sa.Column("finished_at", Moment()),
        sa.Column("starts_at", Moment()),
        sa.Column("expires_at", Moment()),
        sa.ForeignKeyConstraint(["collectivity_id"], ["collectivities.id"]),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"]),
        sa.ForeignKeyConstraint(["parent_id"], ["campaigns.id"]),
        sa.ForeignKeyConstraint(["register_id"], ["registers.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_campaigns_collectivity_id", "campaigns", ["collectivity_id"])
    op.create_index("ix_campaigns_state", "campaigns", ["state"])


def _commands() -> None:
    op.create_table(
        "commands",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("campaign_id", sa.String(36)),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("taken_at", Moment()),
        sa.Column("finished_at", Moment()),
        sa.Column("refusal", sa.Text()),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_commands_waiting",
        "commands",
        ["id"],
        sqlite_where=sa.text("taken_at IS NULL"),
        postgresql_where=sa.text("taken_at IS NULL"),
    )


def _duty_calls() -> None:
    op.create_table(
        "duty_calls",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("collectivity_id", sa.String(36), nullable=False),
        sa.Column("campaign_id", sa.String(36)),
        sa.Column("reason", sa.String(60), nullable=False),
        sa.Column("e164", sa.String(16), nullable=False),
        sa.Column("trunk", sa.String(64), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("outcome", sa.String(24), nullable=False),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"]),
        sa.ForeignKeyConstraint(["collectivity_id"], ["collectivities.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_duty_calls_collectivity_id_at", "duty_calls", ["collectivity_id", "at"]
    )


def _recipients() -> None:
    op.create_table(
        "recipients",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("household_id", sa.String(36)),
        sa.Column("contact_id", sa.String(36)),
        sa.Column("establishment_id", sa.String(36)),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("proof", sa.String(24), nullable=False),
        sa.Column("acknowledged_at", Moment()),
        sa.Column("finished_at", Moment()),
        sa.Column("name", sa.String(250), nullable=False),
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("codeword_prompt", sa.String(80)),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"]),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name="fk_recipients_contact_id",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["establishment_id"],
            ["establishments.id"],
            name="fk_recipients_establishment_id",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["households.id"],
            name="fk_recipients_household_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("campaign_id", "contact_id"),
        sa.UniqueConstraint("campaign_id", "establishment_id"),
        sa.UniqueConstraint("campaign_id", "household_id"),
    )
    op.create_index(
        "ix_recipients_campaign_id_state", "recipients", ["campaign_id", "state"]
    )
    op.create_index("ix_recipients_contact_id", "recipients", ["contact_id"])
    op.create_index(
        "ix_recipients_establishment_id", "recipients", ["establishment_id"]
    )
    op.create_index("ix_recipients_household_id", "recipients", ["household_id"])


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("recipient_id", sa.String(36), nullable=False),
        sa.Column("contact_point_id", sa.String(36), nullable=False),
        sa.Column("e164", sa.String(16), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("trunk", sa.String(64)),
        sa.Column("avoid_trunk", sa.String(64)),
        sa.Column("node", sa.String(64)),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("claimed_at", Moment()),
        sa.Column("rang_at", Moment()),
        sa.Column("announced_at", Moment()),
        sa.Column("answered_at", Moment()),
        sa.Column("ended_at", Moment()),
        sa.Column("key_at", Moment()),
        sa.Column("keys", sa.String(40), nullable=False),
        sa.Column("key_seq", sa.Integer(), nullable=False),
        sa.Column("heard_times", sa.Integer(), nullable=False),
        sa.Column("heard_seconds", sa.Float(), nullable=False),
        sa.Column("machine", sa.Boolean(), nullable=False),
        sa.Column("timed_out", sa.Boolean(), nullable=False),
        sa.Column("no_channel", sa.Boolean(), nullable=False),
        sa.Column("lost", sa.Boolean(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("sip", sa.Integer()),
        sa.Column("q850", sa.Integer()),
        sa.Column("retry_after", sa.Integer()),
        sa.Column("proof", sa.String(24)),
        sa.Column("outcome", sa.String(24)),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"]),
        sa.ForeignKeyConstraint(["recipient_id"], ["recipients.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    _attempts_indexes()


def _attempts_indexes() -> None:
    op.create_index(
        "ix_attempts_campaign_id_outcome", "attempts", ["campaign_id", "outcome"]
    )
    op.create_index("ix_attempts_e164_claimed_at", "attempts", ["e164", "claimed_at"])
    op.create_index(
        "ix_attempts_left",
        "attempts",
        ["campaign_id", "claimed_at"],
        sqlite_where=sa.text("claimed_at IS NOT NULL"),
        postgresql_where=sa.text("claimed_at IS NOT NULL"),
    )
    op.create_index(
        "ix_attempts_queue",
        "attempts",
        ["campaign_id", "due_at", "id"],
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.create_index("ix_attempts_recipient_id", "attempts", ["recipient_id"])
    op.create_index(
        "ix_attempts_taken",
        "attempts",
        ["campaign_id", "node"],
        sqlite_where=sa.text("state <> 'ended' AND state <> 'planned'"),
        postgresql_where=sa.text("state <> 'ended' AND state <> 'planned'"),
    )
    op.create_index(
        "uq_attempts_open",
        "attempts",
        ["recipient_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'ended'"),
        postgresql_where=sa.text("state <> 'ended'"),
    )


def _live_numbers() -> None:
    op.create_table(
        "live_numbers",
        sa.Column("e164", sa.String(16), nullable=False),
        sa.Column("attempt_id", sa.String(36), nullable=False),
        sa.Column("node", sa.String(64), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("taken_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("e164"),
    )


def _opt_outs() -> None:
    op.create_table(
        "opt_outs",
        sa.Column("collectivity_id", sa.String(36), nullable=False),
        sa.Column("e164", sa.String(16), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("how", sa.String(24), nullable=False),
        sa.Column("campaign_id", sa.String(36)),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"]),
        sa.ForeignKeyConstraint(["collectivity_id"], ["collectivities.id"]),
        sa.PrimaryKeyConstraint("collectivity_id", "e164"),
    )
