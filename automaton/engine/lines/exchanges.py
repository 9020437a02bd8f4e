"""Exchanges that choke, each called at the rate that it takes (loop's thread).

An exchange is a block of ten thousand numbers, whoever calls it by whichever trunk.
Comes in: calls that leave and what becomes of them. Goes out: how many may leave for
which slow exchange, and whether it is the trunk that chokes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from automaton.domain.attempt import Attempt
from automaton.domain.health import CARRIED
from automaton.domain.meter import Meter
from automaton.domain.outcome import Outcome
from automaton.domain.phone import exchange_of
from automaton.domain.reach import Reach, after_end
from automaton.domain.throttle import Seen, Throttle, choked, lapsed, went_well
from automaton.engine.lines.pace import Bucket, LearnedPace
from automaton.ports import Room

log = structlog.get_logger(__name__)

STARTS_OVER, CARRIED_OVER = 5, 10  # seconds over which the rates are measured
SHORTEST = 2  # of them, where calls were held back until a moment ago
LATELY = 10.0
EXCHANGES_OF_A_TRUNK = 3
SHARE_OF_A_TRUNK = 1 / 3
WORDS_OF_ONE = 3
SLOTS = 4.0  # times the rate: one that rises finds callers
WIDEST_GAP = 0.3
HORIZON = 60.0  # nobody is parked much longer: an exchange may heal at any moment
MOST_KNOWN = 5_000
LOOK_AGAIN = 1.0  # seconds: so often it is counted who is due
# Words of a network that did not get as far as the called line.
STUCK = frozenset({Outcome.UNREACHABLE, Outcome.TRUNK_TIMEOUT, Outcome.TRUNK_FAILURE})


@dataclass(frozen=True, slots=True)
class _Network:
    """What is known of one exchange, or of one trunk.

    `words`: when calls by a trunk met congestion in an exchange that was thought sound.
    """

    throttle: Throttle = field(default_factory=Throttle)
    refused: Meter = field(default_factory=Meter)
    reach: Reach = field(default_factory=Reach)
    words: tuple[tuple[float, str], ...] = ()


class Exchanges:
    """What each exchange takes. A sound one costs a look into a dict a call."""

    def __init__(self, *, learns: bool = True) -> None:
        self._learns = learns
        self._exchanges: dict[str, _Network] = {}
        self._trunks: dict[str, _Network] = {}
        self._starts: dict[str, Meter] = {}
        self._called: dict[str, dict[str, float]] = {}
        self._paces: dict[str, LearnedPace] = {}
        self._cursors: dict[tuple[str, str], float] = {}
        self._slow: set[str] = set()
        self._looked_at: dict[str, float] = {}
        self._forgot_at = float("-inf")

    def started(self, e164: str, trunk: str, seconds: float) -> None:
        """Note that a call leaves."""
        exchange = exchange_of(e164)
        for name in (exchange, trunk):
            self._starts[name] = self._starts.get(name, Meter()).plus(seconds)
        self._called.setdefault(trunk, {})[exchange] = seconds
        if exchange in self._slow:
            self._bucket(exchange, seconds).take(1, seconds)
        if len(self._starts) > MOST_KNOWN and seconds - self._forgot_at > HORIZON:
            self._forget(seconds)

    def note(
        self, attempt: Attempt, seconds: float, *, trunk_is_slow: bool = False
    ) -> Seen | None:
        """Learn from what became of a call.

        Return what its trunk was sent and carried where it is the trunk that chokes.
        """
        if not self._learns or attempt.trunk is None:
            return None
        exchange = exchange_of(attempt.e164)
        if attempt.outcome is Outcome.CONGESTION:
            return self._word(exchange, attempt, seconds, trunk_is_slow)
        got_through = _got_through(attempt)
        if got_through:
            known = self._of(exchange)
            throttle = went_well(known.throttle, seconds)
            if throttle is not known.throttle:
                self._set(exchange, replace(known, throttle=throttle))
        # What ended in silence says nothing: some networks tell nothing of ringing.
        if attempt.outcome in STUCK or (got_through and attempt.outcome is not None):
            return self._ended(exchange, attempt, seconds)
        return None

    def rooms(
        self, campaign_id: str, now: datetime, seconds: float
    ) -> Mapping[str, Room]:
        """Return what a campaign may start in each slow exchange; empty in health."""
        if not self._slow:
            return {}
        return {
            exchange: self._room(campaign_id, exchange, now, seconds)
            for exchange in sorted(self._slow)
        }

    def later(
        self, campaign_id: str, now: datetime, seconds: float
    ) -> Mapping[str, Room]:
        """Return the same for a campaign that can have nothing but later turns now.

        Empty too for a second after a look that found nobody to give one.
        """
        looked_at = self._looked_at.get(campaign_id, float("-inf"))
        if not self._slow or seconds - looked_at < LOOK_AGAIN:
            return {}
        self._looked_at[campaign_id] = seconds
        return self.rooms(campaign_id, now, seconds)

    def wait(self, exchanges: Iterable[str], seconds: float) -> float:
        """Return the seconds until one of these exchanges has room for a call."""
        waits = [
            max(
                self._exchanges[one].throttle.held_until - seconds,
                self._bucket(one, seconds).wait(seconds),
            )
            for one in exchanges
            if one in self._slow
        ]
        return max(0.0, min(waits, default=0.0))

    def parked(self, campaign_id: str, told: Mapping[str, int]) -> None:
        """Note how many calls of a campaign were given a later turn, by exchange."""
        if told:
            self._looked_at.pop(campaign_id, None)
        for exchange, count in told.items():
            rate = self._of(exchange).throttle.rate
            key = (campaign_id, exchange)
            if rate is not None and key in self._cursors:
                self._cursors[key] += count * _gap(rate)

    def forget(self, seconds: float) -> None:
        """Forget the rates of exchanges that nobody has called for long."""
        for exchange in sorted(self._slow):
            known = self._exchanges[exchange]
            throttle = lapsed(known.throttle, seconds)
            if throttle is not known.throttle:
                self._set(exchange, replace(known, throttle=throttle))

    @property
    def slow(self) -> dict[str, float]:
        """The exchanges that choke, with the calls a second that they take now."""
        rates = {name: self._exchanges[name].throttle.rate for name in self._slow}
        return {name: rate for name, rate in rates.items() if rate is not None}

    def _of(self, exchange: str) -> _Network:
        return self._exchanges.get(exchange) or _Network()

    def _set(self, exchange: str, known: _Network) -> None:
        rate = known.throttle.rate
        self._exchanges[exchange] = known
        if rate is not None and exchange not in self._slow:
            self._slow.add(exchange)
            log.info("an exchange is slowed", exchange=exchange, calls_a_second=rate)
        elif rate is None and exchange in self._slow:
            self._slow.discard(exchange)
            self._paces.pop(exchange, None)
            for key in [key for key in self._cursors if key[1] == exchange]:
                del self._cursors[key]
            self._looked_at.clear()
            log.info("an exchange takes all calls again", exchange=exchange)

    def _word(
        self, exchange: str, attempt: Attempt, seconds: float, trunk_is_slow: bool
    ) -> Seen | None:
        """Cut the exchange, or tell that it is the trunk that chokes."""
        trunk, known = attempt.trunk or "", self._of(exchange)
        known = replace(known, refused=known.refused.plus(seconds))
        carrier = self._told_of(trunk, exchange, known, seconds)
        self._exchanges[exchange], self._trunks[trunk] = known, carrier
        if known.throttle.rate is None:
            told = {where for _, where in carrier.words}
            if self._is_the_trunks(trunk, told, seconds):
                self._free(told)
                return self._seen(trunk, carrier, seconds)
            if trunk_is_slow and not _is_alone(carrier.words):
                return self._seen(trunk, carrier, seconds)
        seen = self._seen(exchange, known, seconds)
        throttle = choked(known.throttle, seen, seconds, attempt.retry_after)
        self._set(exchange, replace(known, throttle=throttle))
        return None

    def _told_of(
        self, trunk: str, exchange: str, known: _Network, seconds: float
    ) -> _Network:
        """Return what is known of a trunk after one more word; old ones are forgotten.

        The word of an exchange that is known to choke says nothing of the trunk.
        """
        carrier = self._trunks.get(trunk) or _Network()
        words = tuple(word for word in carrier.words if seconds - word[0] < LATELY)
        if known.throttle.rate is None:
            words = (*words, (seconds, exchange))
        return replace(carrier, refused=carrier.refused.plus(seconds), words=words)

    def _is_the_trunks(self, trunk: str, told: set[str], seconds: float) -> bool:
        """Tell whether so many exchanges choke at once that it is not they."""
        called = self._called.get(trunk, {}).values()
        lately = sum(seconds - at < LATELY for at in called)
        return len(told) >= max(EXCHANGES_OF_A_TRUNK, SHARE_OF_A_TRUNK * lately)

    def _free(self, exchanges: set[str]) -> None:
        """Free exchanges again that were cut for what their trunk does."""
        for exchange in exchanges:
            self._set(exchange, replace(self._of(exchange), throttle=Throttle()))

    def _ended(self, exchange: str, attempt: Attempt, seconds: float) -> Seen | None:
        """Look whether far fewer calls get through than before: that is a word too."""
        trunk, through = attempt.trunk or "", _got_through(attempt)
        known, carrier = self._of(exchange), self._trunks.get(trunk) or _Network()
        known = replace(known, reach=after_end(known.reach, exchange, through))
        carrier = replace(carrier, reach=after_end(carrier.reach, exchange, through))
        self._trunks[trunk] = carrier
        if known.reach.has_fallen:
            seen = self._seen(exchange, known, seconds)
            known = replace(known, throttle=choked(known.throttle, seen, seconds))
        self._set(exchange, known)
        failing = len(carrier.reach.failing)
        if carrier.reach.has_fallen and failing >= EXCHANGES_OF_A_TRUNK:
            return self._seen(trunk, carrier, seconds)
        return None

    def _seen(self, name: str, known: _Network, seconds: float) -> Seen:
        starts = self._starts.get(name) or Meter()
        span = _called_for(known.throttle, seconds)
        carried = starts.rate(seconds, span) - known.refused.rate(seconds, span)
        return Seen(starts.rate(seconds, min(STARTS_OVER, span)), max(0.0, carried))

    def _room(
        self, campaign_id: str, exchange: str, now: datetime, seconds: float
    ) -> Room:
        bucket = self._bucket(exchange, seconds)
        held_until = self._exchanges[exchange].throttle.held_until
        held = max(0.0, held_until - seconds)
        left = 0 if held else max(0, bucket.available(seconds))
        gap = _gap(bucket.rate)
        soonest, key = seconds + max(held, gap), (campaign_id, exchange)
        first = self._cursors.get(key, soonest)
        if not soonest <= first <= soonest + HORIZON:
            first = soonest
        self._cursors[key] = first
        first_at = now + timedelta(seconds=first - seconds)
        return Room(left, first_at, timedelta(seconds=gap))

    def _bucket(self, exchange: str, seconds: float) -> Bucket:
        """Return the bucket of a slow exchange at its present rate."""
        pace = self._paces.setdefault(exchange, LearnedPace())
        bucket = pace.at(self._exchanges[exchange].throttle.rate, seconds)
        assert bucket is not None, exchange
        return bucket

    def _forget(self, seconds: float) -> None:
        """Forget the exchanges that nobody has called lately and that do not choke."""
        self._forgot_at = seconds
        for called in self._called.values():
            for exchange, at in list(called.items()):
                if seconds - at >= HORIZON and exchange not in self._slow:
                    del called[exchange]
                    self._starts.pop(exchange, None)
                    self._exchanges.pop(exchange, None)


def _gap(rate: float) -> float:
    return min(WIDEST_GAP, 1.0 / (SLOTS * rate))


def _called_for(throttle: Throttle, seconds: float) -> int:
    """Return over how many seconds is measured: those of a wait say nothing."""
    since = seconds - throttle.held_until
    if since < 0:
        return CARRIED_OVER
    return int(max(SHORTEST, min(CARRIED_OVER, since)))


def _is_alone(words: tuple[tuple[float, str], ...]) -> bool:
    """Tell whether it is one exchange that speaks, again and again."""
    return len(words) >= WORDS_OF_ONE and len({where for _, where in words}) == 1


def _got_through(attempt: Attempt) -> bool:
    """Tell whether the network got as far as the called line; one may still ring."""
    if attempt.rang_at is not None or attempt.answered_at is not None:
        return True
    return attempt.outcome in CARRIED and attempt.outcome is not Outcome.NO_ANSWER
