"""The house itself: collectivities, their users and duty lists, commands, nodes."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from automaton.store.columns import id_column, metadata, moment, reference, text

# A removed one stays for the reports of its campaigns; its id frees its name.
collectivities = Table(
    "collectivities",
    metadata,
    id_column(),
    Column("name", String(200), nullable=False, unique=True),
    Column("insee", String(5)),
    Column("postal_code", String(10)),
    Column("region", String(2), nullable=False, default="FR"),
    Column("timezone", String(64), nullable=False, default="Europe/Paris"),
    Column("language", String(8), nullable=False, default="fr"),
    moment("created_at", null=False),
    moment("removed_at"),
)

users = Table(
    "users",
    metadata,
    id_column(),
    reference("collectivity_id", "collectivities.id"),
    Column("login", String(100), nullable=False),
    Column("name", String(200), nullable=False),
    Column("role", String(24), nullable=False),
    moment("created_at", null=False),
    moment("removed_at"),
    UniqueConstraint("collectivity_id", "login"),
)

# A door's wish: taken once by the daemon, finished with or without a refusal.
commands = Table(
    "commands",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("name", String(40), nullable=False),
    reference("campaign_id", "campaigns.id", null=True),
    Column("payload", JSON, nullable=False, default=dict),
    Column("by", String(200), nullable=False),
    moment("asked_at", null=False),
    moment("taken_at"),
    moment("finished_at"),
    text("refusal", default=None),
)
Index(
    "ix_commands_waiting",
    commands.c.id,
    sqlite_where=commands.c.taken_at.is_(None),
    postgresql_where=commands.c.taken_at.is_(None),
)

# Who did what, and about which id; `subject` is the kind of thing where it is known.
# Append-only: triggers refuse anything else. Lines older than the chain have no `seq`.
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    reference("collectivity_id", "collectivities.id", null=True),
    moment("at", null=False),
    Column("by", String(200), nullable=False),
    Column("action", String(60), nullable=False),
    Column("subject", String(40), nullable=False, default=""),
    Column("subject_id", String(64), nullable=False, index=True),
    Column("details", JSON, nullable=False, default=dict),
    Column("node", String(64)),
    Column("seq", Integer),
    Column("key_id", String(16)),
    Column("previous", String(64)),
    Column("mac", String(64)),
    Index("ix_audit_node_seq", "node", "seq", unique=True),
)

# The last line of each node's chain; whoever appends holds its row.
audit_heads = Table(
    "audit_heads",
    metadata,
    Column("node", String(64), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("mac", String(64), nullable=False),
)

duty_entries = Table(
    "duty_entries",
    metadata,
    id_column(),
    reference("collectivity_id", "collectivities.id"),
    Column("rank", Integer, nullable=False),
    Column("name", String(200), nullable=False),
    Column("e164", String(16), nullable=False),
    UniqueConstraint("collectivity_id", "rank"),
)

# Each ring of a duty list; `id` is the id of its attempt.
duty_calls = Table(
    "duty_calls",
    metadata,
    id_column(),
    reference("collectivity_id", "collectivities.id"),
    reference("campaign_id", "campaigns.id", null=True),
    Column("reason", String(60), nullable=False),
    Column("e164", String(16), nullable=False),
    Column("trunk", String(64), nullable=False),
    moment("at", null=False),
    Column("outcome", String(24), nullable=False),
    Column("taken", Boolean, nullable=False),
    Index("ix_duty_calls_collectivity_id_at", "collectivity_id", "at"),
)

# What the safeguard of each node thinks of a trunk; each node hears for itself.
trunk_states = Table(
    "trunk_states",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("node", String(64), primary_key=True, server_default=""),
    Column("rate", Float),
    moment("broken_until"),
    text("reason"),
    moment("changed_at", null=False),
)

# A node holds one lease, by the database's clock. `beats` counts its renewals, `epoch`
# its starts; `instance` tells one machine of that name from another. Since `fenced_at`
# nothing counts that this start of it writes.
nodes = Table(
    "nodes",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("pid", Integer),
    moment("started_at"),
    moment("beat_at"),
    Column("instance", String(36)),
    Column("host", String(255)),
    Column("version", String(64)),
    Column("trunks", JSON),
    Column("lease", Float),
    moment("lease_until"),
    Column("ready", Boolean),
    moment("fenced_at"),
    moment("stopped_at"),
    Column("beats", BigInteger, nullable=False, server_default="0"),
)

# Who does what only one of all nodes may do.
roles = Table(
    "roles",
    metadata,
    Column("name", String(24), primary_key=True),
    Column("node", String(64), nullable=False),
    Column("epoch", Integer, nullable=False),
    moment("since", null=False),
)

# What nodes share, and how much of it each holds. Who changes slices holds the scope.
scopes = Table("scopes", metadata, Column("name", String(80), primary_key=True))
slices = Table(
    "slices",
    metadata,
    Column("scope", String(80), primary_key=True),
    Column("node", String(64), primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("held", Integer, nullable=False),
    Column("in_use", Integer, nullable=False),
    Column("wants", Integer, nullable=False),
)

# What nodes that share a trunk may call by it in a day: calls that they have taken for
# themselves in advance, and seconds that were talked.
trunk_days = Table(
    "trunk_days",
    metadata,
    Column("trunk", String(64), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("calls", BigInteger, nullable=False),
    Column("talked", Float, nullable=False),
)

# What messages say, as the telephone plays it: on its way from the node that rendered
# it to the others.
sounds = Table(
    "sounds",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("body", LargeBinary, nullable=False),
    moment("at", null=False),
)
