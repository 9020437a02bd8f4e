"""What the peers need of Asterisk and the product does not, opened while it runs.

The spool of call files, which is a module, and an account of the manager interface that
hears every event. Neither is in the product's configuration; both are gone with this
Asterisk.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from automaton import bootstrap
from benchmarks.node import Node

UNFILTERED = "unfiltered"
ACCOUNT = """
[{user}]
secret = {secret}
writetimeout = 15000
read = system,call,user,reporting
write = call,reporting,originate
"""
"""The rights of the daemon's account, without its filters."""


def open_doors(node: Node) -> None:
    """Load the spool and make the account."""
    console(node, "module load pbx_spool.so")
    open_account(node)


def open_account(node: Node) -> None:
    """Make the account that hears every event; the file is left as it was."""
    access = bootstrap.access(node.settings)
    assert access is not None
    file = bootstrap.asterisk_folder(node.settings).etc / "manager-accounts.conf"
    text = file.read_text("utf-8")
    more = ACCOUNT.format(user=UNFILTERED, secret=access.secret)
    file.write_text(text + more, "utf-8")
    try:
        console(node, "manager reload")
    finally:
        file.write_text(text, "utf-8")


@contextmanager
def default_events(node: Node) -> Iterator[None]:
    """Let Asterisk tell all that it tells by default; ours leaves some events out."""
    file = bootstrap.asterisk_folder(node.settings).etc / "manager.conf"
    text = file.read_text("utf-8")
    kept = [one for one in text.splitlines() if not one.startswith("disabledevents")]
    file.write_text("\n".join(kept) + "\n", "utf-8")
    open_account(node)
    try:
        yield
    finally:
        file.write_text(text, "utf-8")
        console(node, "manager reload")


def sweep(node: Node) -> None:
    """Remove what a contender has left in the spool and in the journal."""
    root = bootstrap.asterisk_folder(node.settings).root
    for file in (root / "spool").glob("outgoing*/*.call"):
        file.unlink(missing_ok=True)
    console(node, "database deltree automaton")


def console(node: Node, order: str) -> None:
    """Say one thing to Asterisk."""
    run = bootstrap.asterisk_folder(node.settings)
    said = bootstrap.installation(node.settings).console(run.conf, order)
    subprocess.run(said, capture_output=True, check=True, timeout=30)
