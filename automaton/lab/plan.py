"""The plan of a town: who lives there, under which numbers, and what each call gets.

In: a seed, a number of homes and a mix. Out: a frozen `Plan`, the same on every machine
and in every year for the same three.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from random import Random

from automaton.errors import RequestError
from automaton.lab import numbers, people
from automaton.lab.behaviours import BEHAVIOURS
from automaton.lab.choke import Choke
from automaton.lab.mix import Commune, Kind, Mix, Timing

MOST_HOMES = 25_000


@dataclass(frozen=True, slots=True)
class Turn:
    """What one call gets. Seconds; `pause` is the silence that ends a whole."""

    behaviour: str
    ring: float = 2.0
    think: float = 1.0
    pause: float = 0.5
    says_allo: bool = True
    retry_after: int = 3


@dataclass(frozen=True, slots=True)
class Phone:
    """One number and its turns, attempt by attempt; the last one repeats."""

    number: str
    turns: tuple[Turn, ...]

    def turn(self, attempt: int) -> Turn:
        """Return what the attempt of that ordinal gets (1 is the first)."""
        return self.turns[min(attempt, len(self.turns)) - 1]


@dataclass(frozen=True, slots=True)
class Home:
    """One home of the register, or a duty telephone, which is in no register."""

    last_name: str
    first_name: str
    address: str
    kind: str
    phones: tuple[Phone, ...]
    birth_year: int = 1945
    on_duty: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """All homes of a town, and the exchanges that choke when many are rung at once."""

    homes: tuple[Home, ...]
    commune: Commune
    seed: int = 0
    chokes: tuple[Choke, ...] = ()

    def phones(self) -> Iterator[Phone]:
        """Return every telephone of the town."""
        return (phone for home in self.homes for phone in home.phones)

    def residents(self) -> tuple[Home, ...]:
        """Return the homes of the register."""
        return tuple(home for home in self.homes if not home.on_duty)

    def duty_numbers(self) -> tuple[str, ...]:
        """Return the numbers of the duty list, in order."""
        return tuple(home.phones[0].number for home in self.homes if home.on_duty)


def plan_from_mix(homes: int, seed: int, mix: Mix) -> Plan:
    """Draw a town; RequestError where there are more homes than numbers for fiction."""
    if not 1 <= homes <= MOST_HOMES:
        raise RequestError(
            f"A town has 1 to {MOST_HOMES} homes, not {homes}.", error_id="town_size"
        )
    dice = Random(f"town {seed}")
    free = _free_numbers(dice)
    kinds = [mix.kinds[name] for name in _kinds(homes, mix, dice)]
    duty = [mix.kinds["press_1"]] * mix.duty
    drawn = [_home(kind, mix, dice, free, False) for kind in kinds]
    drawn += [_home(kind, mix, dice, free, True) for kind in duty]
    return Plan(tuple(drawn), mix.commune, seed, mix.chokes)


def draw_turn(behaviour: str, timing: Timing, dice: Random) -> Turn:
    """Draw the seconds of one turn from the timing of its behaviour."""
    return Turn(
        behaviour=behaviour,
        ring=round(dice.uniform(*timing.ring), 2),
        think=round(dice.uniform(*timing.think), 2),
        pause=timing.pause or BEHAVIOURS[behaviour].pause,
        says_allo=dice.random() < timing.allo,
        retry_after=round(dice.uniform(*timing.retry_after)),
    )


@dataclass(frozen=True, slots=True)
class _Free:
    """Numbers not given yet: a home's first is a landline, the next rather a mobile."""

    first: Iterator[str]
    further: Iterator[str]

    def take(self, rank: int) -> str:
        """Return the next free number for a home's number of that rank."""
        number = next(self.further if rank else self.first, None)
        if number is None:
            raise RequestError(
                "There are not enough numbers for fiction: fewer homes, or fewer "
                "kinds with several numbers.",
                error_id="town_size",
            )
        return number


def _free_numbers(dice: Random) -> _Free:
    lines = map(numbers.landline, _shuffled(dice, 5 * numbers.PER_RANGE))
    mobiles = map(numbers.mobile, _shuffled(dice, numbers.PER_RANGE))
    return _Free(lines, chain(mobiles, lines))


def _shuffled(dice: Random, count: int) -> list[int]:
    return dice.sample(range(count), count)


def _kinds(homes: int, mix: Mix, dice: Random) -> list[str]:
    """Return the kind of each home: shares by largest remainder, then shuffled.

    Each kind with a share has one home at least, while there are homes enough.
    """
    total = sum(mix.shares.values())
    exact = {name: homes * share / total for name, share in mix.shares.items() if share}
    counts = {name: int(value) for name, value in exact.items()}
    by_remainder = sorted(exact, key=lambda name: counts[name] - exact[name])
    for name in by_remainder[: homes - sum(counts.values())]:
        counts[name] += 1
    if homes >= len(counts):
        _no_kind_left_out(counts)
    kinds = [name for name, count in counts.items() for _ in range(count)]
    dice.shuffle(kinds)
    return kinds


def _no_kind_left_out(counts: dict[str, int]) -> None:
    for name in [name for name, count in counts.items() if count == 0]:
        largest = max(counts, key=lambda other: counts[other])
        counts[largest] -= 1
        counts[name] = 1


def _home(kind: Kind, mix: Mix, dice: Random, free: _Free, on_duty: bool) -> Home:
    last_name, first_name = people.person(dice)
    street = people.address(dice)
    phones = []
    for rank, row in enumerate(kind.numbers):
        turns = tuple(draw_turn(word, mix.timing(word), dice) for word in row)
        phones.append(Phone(free.take(rank), turns))
    year = dice.randint(1928, 1990)
    return Home(last_name, first_name, street, kind.name, tuple(phones), year, on_duty)
