"""Every table, by its own name: `from automaton.store.tables import contacts`."""

from automaton.store.columns import metadata
from automaton.store.tables.call_ins import call_ins, recordings_left
from automaton.store.tables.calls import (
    alarms,
    attempts,
    live_numbers,
    opt_outs,
    recipients,
)
from automaton.store.tables.campaigns import (
    campaigns,
    forecasts,
    message_texts,
    messages,
)
from automaton.store.tables.changes import import_changes
from automaton.store.tables.console import (
    approvals,
    officer_tries,
    officers,
    scenarios,
)
from automaton.store.tables.house import (
    audit,
    audit_heads,
    collectivities,
    commands,
    duty_calls,
    duty_entries,
    nodes,
    roles,
    scopes,
    slices,
    sounds,
    trunk_days,
    trunk_states,
    users,
)
from automaton.store.tables.people import (
    consents,
    contact_points,
    contacts,
    establishments,
    group_members,
    groups,
    households,
    imports,
    proposals,
    registers,
)
from automaton.store.tables.readiness import proofs_of_readiness
from automaton.store.tables.safety import backups, tombstones
from automaton.store.tables.takes import takes

__all__ = [
    "alarms",
    "approvals",
    "attempts",
    "audit",
    "audit_heads",
    "backups",
    "call_ins",
    "campaigns",
    "collectivities",
    "commands",
    "consents",
    "contact_points",
    "contacts",
    "duty_calls",
    "duty_entries",
    "establishments",
    "forecasts",
    "group_members",
    "groups",
    "households",
    "import_changes",
    "imports",
    "live_numbers",
    "message_texts",
    "messages",
    "metadata",
    "nodes",
    "officer_tries",
    "officers",
    "opt_outs",
    "proofs_of_readiness",
    "proposals",
    "recipients",
    "recordings_left",
    "registers",
    "roles",
    "scenarios",
    "scopes",
    "slices",
    "sounds",
    "takes",
    "tombstones",
    "trunk_days",
    "trunk_states",
    "users",
]
