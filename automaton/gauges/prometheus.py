"""The port `Gauges` on prometheus_client: every metric that the daemon exports.

docs/watching.md tells what each means; a test compares the two.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from automaton.domain.call_in import CameTo
from automaton.ports import (
    BeatFigures,
    JournalFigures,
    NodeFigures,
    TrunkFigures,
    TrunkState,
)

# A second sample beside each counter, which nobody reads.
disable_created_metrics()  # type: ignore[no-untyped-call]
KIND = CONTENT_TYPE_LATEST
FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
NOT_A_NUMBER = float("nan")


class PrometheusGauges:
    """All figures of one node, in a registry of its own."""

    def __init__(self, node: str, version: str, *, backup_is_expected: bool) -> None:
        self._registry = of = CollectorRegistry()
        ProcessCollector(registry=of)
        self._left = _counter(of, "calls_started", "Calls that left", "trunk")
        self._ended = _counter(
            of, "calls_ended", "Calls that ended", "trunk", "outcome"
        )
        self._concluded = _counter(
            of, "recipients_concluded", "Homes or persons that came to an end", "state"
        )
        self._called_in = _counter(of, "calls_in", "Calls that came in", "came_to")
        for came_to in CameTo:
            self._called_in.labels(came_to.value)  # shown from the start
        self._keys = _counter(of, "keys", "Keys put on record")
        self._work = _seconds(of, "write", "One transaction before its commit")
        self._commit = _seconds(of, "commit", "One commit")
        self._ami = _seconds(of, "ami_answer", "Asterisk's answer to one action")
        self._lag = _seconds(of, "loop_lag", "How late the event loop wakes")
        self._at_once = _AtOnce(of)
        info = _gauge(of, "build_info", "What runs here", "version", "python", "node")
        info.labels(version, platform.python_version(), node).set(1)
        backup = _gauge(of, "backup_expected", "Whether a daily backup is wanted")
        backup.set(backup_is_expected)

    def beat(self, figures: BeatFigures) -> None:
        """Count what one committed beat brought."""
        for trunk, count in figures.left.items():
            self._left.labels(trunk).inc(count)
        for (trunk, outcome), count in figures.ended.items():
            self._ended.labels(trunk, outcome).inc(count)
        for state, count in figures.concluded.items():
            self._concluded.labels(state).inc(count)
        if figures.keys:
            self._keys.inc(figures.keys)

    def written(self, work: float, commit: float) -> None:
        """Take the seconds of one transaction; on any thread."""
        self._work.observe(work)
        self._commit.observe(commit)

    def answered(self, seconds: float) -> None:
        """Take how long Asterisk took to answer an action of ours."""
        self._ami.observe(seconds)

    def called_in(self, came_to: str) -> None:
        """Count a call that came in, by what it came to; on any thread."""
        self._called_in.labels(came_to).inc()

    def lagged(self, seconds: float) -> None:
        """Take how late the event loop woke."""
        self._lag.observe(seconds)

    def show_node(self, node: NodeFigures, worst_lag: float) -> None:
        """Take what the node is like at this moment."""
        self._at_once.show(node, worst_lag)

    def show_queue(self, waited: Mapping[int, int], oldest: timedelta) -> None:
        """Take how many attempts are due, by how many seconds they have waited."""
        for seconds, count in waited.items():
            self._at_once.due.labels(str(seconds)).set(count)
        self._at_once.due_oldest.set(oldest.total_seconds())

    def show_alarms(self, taken: int, untaken: int, oldest: timedelta) -> None:
        """Take how many calls for help are open, and how long the first is."""
        self._at_once.alarms.labels("taken").set(taken)
        self._at_once.alarms.labels("untaken").set(untaken)
        self._at_once.alarms_oldest.set(oldest.total_seconds())

    def hide_queue(self) -> None:
        """Show no queue: the database does not tell it, or another node does."""
        self._at_once.due.clear()
        self._at_once.due_oldest.set(NOT_A_NUMBER)

    def show_backups(self, last_at: Mapping[str, datetime | None]) -> None:
        """Take when each place had a whole backup last; 0 stands for never."""
        for place, at in last_at.items():
            seconds = 0.0 if at is None else at.timestamp()
            self._at_once.backup_at.labels(place).set(seconds)

    def show_proofs(
        self,
        trunks: Mapping[str, datetime | None],
        officers: Mapping[str, datetime | None],
    ) -> None:
        """Take when each trunk and officer (by id) was proven last; 0 for never."""
        for gauge, told in (
            (self._at_once.trunks_proven, trunks),
            (self._at_once.officers_proven, officers),
        ):
            gauge.clear()
            for name, at in told.items():
                gauge.labels(name).set(0.0 if at is None else at.timestamp())

    def page(self) -> bytes:
        """Return all of it as Prometheus reads it."""
        return generate_latest(self._registry)


class _AtOnce:
    """What is asked for at the moment of looking."""

    def __init__(self, of: CollectorRegistry) -> None:
        self._trunks = _Trunks(of)
        self._exchanges = _Exchanges(of)
        self._journal = _Journal(of)
        self._campaigns = _gauge(of, "campaigns", "Active campaigns", "state")
        self._live = _gauge(of, "calls_live", "Calls that are followed")
        self._silence = _gauge(
            of, "silence_seconds", "A campaign runs, calls are due, and none has left"
        )
        self._link = _gauge(of, "asterisk_up", "Whether an order would leave now")
        self._writes = _gauge(
            of, "database_writes", "Whether the database takes what is written"
        )
        self._dialling = _gauge(of, "dialling", "0 once the node was asked to stop")
        self._worst_lag = _gauge(
            of, "loop_lag_worst_seconds", "The latest waking in the last 30 s"
        )
        self.due = _gauge(
            of, "due_attempts", "Due attempts, by seconds waited", "waited_over"
        )
        self.due_oldest = _gauge(of, "due_oldest_seconds", "The longest due waits so")
        self.alarms = _gauge(
            of, "help_alarms_open", "Calls for help that nobody has closed", "state"
        )
        self.alarms_oldest = _gauge(
            of, "help_alarms_oldest_seconds", "So long the first of them is open"
        )
        self.backup_at = _gauge(
            of, "backup_last_timestamp_seconds", "The last whole backup", "place"
        )
        last = "Last proven end to end"
        self.trunks_proven = _gauge(of, "trunk_proven_timestamp_seconds", last, "trunk")
        self.officers_proven = _gauge(
            of, "officer_proven_timestamp_seconds", last, "officer"
        )

    def show(self, node: NodeFigures, worst_lag: float) -> None:
        for trunk in node.trunks:
            self._trunks.show(trunk)
        self._exchanges.show(node.slow_exchanges)
        self._journal.show(node.journal)
        for state in ("running", "paused"):
            self._campaigns.labels(state).set(node.campaigns.get(state, 0))
        self._live.set(node.live)
        self._silence.set(node.silence.total_seconds())
        self._link.set(node.link_is_up)
        self._writes.set(not node.database_fails)
        self._dialling.set(node.dialling)
        self._worst_lag.set(worst_lag)


class _Trunks:
    def __init__(self, of: CollectorRegistry) -> None:
        self._lines = _gauge(of, "trunk_lines", "Lines of the contract", "trunk")
        self._offered = _gauge(
            of, "trunk_lines_offered", "Lines that campaigns may use now", "trunk"
        )
        self._held = _gauge(of, "trunk_lines_held", "Lines in use", "trunk")
        self._rate = _gauge(
            of, "trunk_rate_limit", "Starts a second that are allowed now", "trunk"
        )
        self._state = _gauge(of, "trunk_state", "1 for what it is", "trunk", "state")

    def show(self, trunk: TrunkFigures) -> None:
        self._lines.labels(trunk.name).set(trunk.lines)
        self._offered.labels(trunk.name).set(trunk.offered)
        self._held.labels(trunk.name).set(trunk.held)
        rate = float("inf") if trunk.rate is None else trunk.rate
        self._rate.labels(trunk.name).set(rate)
        for state in TrunkState:
            self._state.labels(trunk.name, state).set(state == trunk.state)


class _Exchanges:
    """How many choke and how much: which ones would tell parts of people's numbers."""

    def __init__(self, of: CollectorRegistry) -> None:
        self._slowed = _gauge(of, "exchanges_slowed", "Exchanges that choke")
        self._rate = _gauge(
            of, "exchanges_rate_limit", "Starts a second that those take together"
        )

    def show(self, rates: Sequence[float]) -> None:
        self._slowed.set(len(rates))
        self._rate.set(sum(rates) if rates else float("inf"))


class _Journal:
    def __init__(self, of: CollectorRegistry) -> None:
        self._keys = _gauge(of, "journal_keys", "Keys in Asterisk's journal")
        self._oldest = _gauge(of, "journal_oldest_seconds", "Age of the oldest")
        self._kept = _gauge(of, "journal_kept_seconds", "So old a key may become")
        self._unwritten = _gauge(
            of, "journal_unwritten_keys", "Keys pressed and not on record yet"
        )
        self._unwritten_for = _gauge(
            of, "journal_unwritten_seconds", "So long the first of those waits"
        )

    def show(self, journal: JournalFigures) -> None:
        self._keys.set(NOT_A_NUMBER if journal.keys is None else journal.keys)
        oldest = journal.oldest or timedelta()
        self._oldest.set(oldest.total_seconds())
        self._kept.set(journal.kept.total_seconds())
        self._unwritten.set(journal.unwritten)
        self._unwritten_for.set(journal.unwritten_for.total_seconds())


def _counter(of: CollectorRegistry, name: str, about: str, *labels: str) -> Counter:
    return Counter(f"automaton_{name}", about, labels, registry=of)


def _gauge(of: CollectorRegistry, name: str, about: str, *labels: str) -> Gauge:
    return Gauge(f"automaton_{name}", about, labels, registry=of)


def _seconds(of: CollectorRegistry, name: str, about: str) -> Histogram:
    return Histogram(f"automaton_{name}_seconds", about, registry=of, buckets=FAST)
