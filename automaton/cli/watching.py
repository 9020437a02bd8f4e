"""How a campaign goes, look by look, until it ends."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

from automaton.cli.calls_for_help import help_told
from automaton.cli.conditions import conditions_told
from automaton.cli.live_words import COUNTING, FORSAKEN
from automaton.cli.plain import cell, plain
from automaton.cli.shell import Shell
from automaton.domain.campaign import FINAL_CAMPAIGN_STATES, CampaignState
from automaton.domain.put_off import PutOff
from automaton.services.office import Office
from automaton.services.progress import Progress, ProgressView
from automaton.services.report_words import words_in

LOOK_SECONDS = 0.5


def follow(
    shell: Shell,
    office: Office,
    campaign_id: str,
    once: bool = False,
    as_json: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> CampaignState:
    """Show a campaign until it has ended, or `once`; return its state.

    Live, see `live`; with `as_json`, one object a line each time that something has
    changed.
    """
    view = ProgressView(office, campaign_id)
    if not (once or as_json):
        from automaton.cli import live  # noqa: PLC0415 - rich: 0.03 s, not to launch

        return live.follow(shell, view.look, out=sys.stdout, sleep=sleep).state
    before: object = None
    while True:
        look = view.look()
        now = (look.state, look.launch_waits, look.daemon_awake, *_counts(look))
        now = (*now, look.alarms_open, look.alarms_untaken)
        now = (*now, [(one.name, one.rate, one.reason) for one in look.conditions])
        if now != before:
            shell.print(json_line(look) if as_json else one_line(shell, look))
            before = now
        if once or look.state in FINAL_CAMPAIGN_STATES:
            return look.state
        sleep(LOOK_SECONDS)


def _counts(look: Progress) -> tuple[object, ...]:
    return look.by_state, look.ended_calls


def json_line(look: Progress) -> str:
    """Return one look for a program."""
    return json.dumps(plain(look), ensure_ascii=False, default=plain)


def one_line(shell: Shell, look: Progress) -> str:
    """Return one look at a campaign in one line."""
    told = shell.words(
        "{state}: {acknowledged} of {recipients} acknowledged, {finished} done; "
        "{lines_in_use} of {lines:line|lines}, {calls_a_minute:call|calls}/min, "
        "{ended_calls:call|calls} ended",
        state=words_in(shell.language, "UTC").standing(look.state, look.launch_waits),
        acknowledged=look.acknowledged,
        recipients=look.recipients,
        finished=look.finished,
        lines_in_use=look.lines_in_use,
        lines=look.lines,
        calls_a_minute=look.calls_a_minute,
        ended_calls=look.ended_calls,
    )
    whys = conditions_told(shell, look.conditions, ZoneInfo(look.zone))
    whys = [shell.words(FORSAKEN), *whys] if look.is_forsaken else whys
    whys = [shell.words(COUNTING), *whys] if look.is_counting else whys
    whys = [help_told(shell, look), *whys] if look.alarms_open else whys
    return " – ".join((told, *whys))


def tell_progress(shell: Shell, look: Progress) -> None:
    """Say how a campaign stands: states, outcomes, what comes next."""
    shell.print("")
    shell.print(one_line(shell, look))
    words = words_in(shell.language, "UTC")
    for kind, counts in (("state", look.by_state), ("outcome", look.by_outcome)):
        rows = [(words(kind, str(name)), count) for name, count in counts.items()]
        if rows:
            shell.print_rows(("What", "How many"), rows)
    if look.put_off is not None:
        shell.print(put_off_in_words(shell, look.put_off, ZoneInfo(look.zone)))
    if look.state is CampaignState.PAUSED:
        shell.tell("No call leaves while it is paused.")
    elif look.next_due is not None:
        is_late = look.next_due < look.at
        sentence = "Next call: due since {at}" if is_late else "Next call: {at}"
        shell.tell(sentence, at=cell(look.next_due, ZoneInfo(look.zone)))


def put_off_in_words(shell: Shell, told: PutOff, zone: ZoneInfo) -> str:
    """Return how many homes wait, for their numbers rang often enough lately."""
    return shell.words(
        "Put off by the ceilings on calls to one number: {homes:home|homes}, the "
        "last until {at}.",
        homes=told.homes,
        at=cell(told.until, zone),
    )
