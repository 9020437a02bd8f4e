"""The live screen: lines for files and pipes, a picture for terminals."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from automaton.cli.live import Lines, follow, screen
from automaton.cli.live_picture import picture
from automaton.cli.live_words import LiveWords
from automaton.cli.shell import Shell
from automaton.cli.watching import tell_progress
from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.forecast import Forecast
from automaton.domain.outcome import Outcome
from automaton.domain.put_off import PutOff
from automaton.domain.recipient import RecipientState
from automaton.ports import TrunkCondition
from automaton.services.progress import Happening, Progress

NOW = datetime(2030, 1, 15, 10, 0, tzinfo=UTC)
GOING = Progress(
    campaign_id="c",
    name="Crue [bold]",
    campaign_class=CampaignClass.ALERT,
    state=CampaignState.RUNNING,
    pause_reason=None,
    at=NOW,
    zone="Indian/Reunion",
    started_at=NOW - timedelta(seconds=75),
    planned=True,
    by_state={RecipientState.WAITING: 30, RecipientState.ACKNOWLEDGED: 70},
    by_outcome={Outcome.BUSY: 4, Outcome.ACKNOWLEDGED: 70},
    lines_in_use=12,
    lines=60,
    calls_a_minute=180,
    next_due=None,
    forecast=Forecast({}, NOW + timedelta(seconds=60), 90.0, 120.0),
    events=(
        Happening(NOW, "a", "+33 1 •• •• •• 23", "town", "busy"),
        Happening(NOW, "b", "+33 1 •• •• •• 24", "town", "ringing"),
    ),
)
OVER = replace(GOING, state=CampaignState.FINISHED, forecast=None)
ENGLISH = LiveWords(Shell(chosen="en"))


class Terminal(io.StringIO):
    """Where a person looks."""

    def isatty(self):
        return True


def test_a_line_tells_everything_that_matters():
    line = ENGLISH.line(GOING)
    assert "running · 70 of 100 homes done, 70 confirmed · lines 12/60" in line
    assert "180 calls a minute · end expected at 14:01:00 +04" in line
    assert line.startswith("14:00:00 +04 running")
    assert line.endswith("confirmed 70, busy 4")


def test_a_line_speaks_french():
    line = LiveWords(Shell(chosen="fr")).line(OVER)
    assert "terminée · 70 foyers traités sur 100, 70 ont confirmé" in line
    assert "prévue" not in line


def test_what_comes_on_another_day_is_told_with_its_day():
    # A town put off until tomorrow was told as put off until twenty minutes ago.
    french = LiveWords(Shell(chosen="fr"))
    later = NOW + timedelta(hours=10)  # the same day in UTC: not where the town is
    going = replace(
        GOING, forecast=Forecast({}, later, 90.0, 1.0), put_off=PutOff(28, later)
    )
    assert french.end(going) == "fin prévue le 16/01/2030 à 00:00:00 +04"
    put_off = "reportés par les plafonds jusqu’au 16/01/2030 à 00:00:00 +04 : 28"
    assert french.put_off(going) == put_off
    line = ENGLISH.line(going)
    assert "end expected on 2030-01-16 at 00:00:00 +04" in line
    assert "put off by ceilings until 2030-01-16 00:00:00 +04: 28" in line
    today = replace(going, put_off=PutOff(28, NOW))
    assert french.put_off(today).endswith("jusqu’à 14:00:00 +04 : 28")


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "28 homes, the last until 2030-01-15 14:00:00 +04"),
        ("fr", "28 foyers, le dernier jusqu’à 2030-01-15 14:00:00 +04"),
    ],
)
def test_who_is_put_off_is_shown_with_how_the_campaign_stands(capsys, language, told):
    tell_progress(Shell(chosen=language), replace(GOING, put_off=PutOff(28, NOW)))
    assert told in capsys.readouterr().out


def test_a_trunk_that_is_left_is_told_with_its_reason():
    # A picture of an alert that all but stood still gave no reason for it.
    left = TrunkCondition("town", None, NOW, "trunk_auth", NOW)
    slow = TrunkCondition("west", 0.5, None, "", NOW)
    going = replace(GOING, conditions=(left, slow))
    left = "trunk town left since 2030-01-15 14:00"
    why = f"{left}, only probed until a call passes: account"
    assert why in ENGLISH.line(going)
    console = Console(record=True, width=200, file=io.StringIO())
    console.print(picture(going, ENGLISH))
    shown = console.export_text()
    assert why in shown
    assert "trunk west slowed to 0.5 calls a second" in shown


def test_a_pause_tells_its_reason():
    paused = replace(GOING, state=CampaignState.PAUSED, pause_reason="desk")
    assert "paused (desk)" in ENGLISH.line(paused)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "No call leaves while it is paused."),
        ("fr", "Aucun appel ne part tant qu’elle est en pause."),
    ],
)
def test_no_call_is_told_as_late_while_a_campaign_is_paused(capsys, language, told):
    late = replace(GOING, next_due=NOW - timedelta(minutes=5))
    tell_progress(Shell(chosen=language), replace(late, state=CampaignState.PAUSED))
    shown = capsys.readouterr().out
    assert told in shown
    assert "2030-01-15 13:55" not in shown
    tell_progress(Shell(chosen=language), late)
    assert "2030-01-15 13:55" in capsys.readouterr().out


def test_a_daemon_that_was_killed_is_told_at_once():
    # A killed daemon left the screen as it was: nothing said that no call leaves.
    out = io.StringIO()
    written = Lines(ENGLISH, out)
    written.show(GOING)
    written.show(replace(GOING, daemon_awake=False))
    assert "no daemon runs on this node; start it" in out.getvalue().splitlines()[1]
    console = Console(file=io.StringIO(), width=140, force_terminal=False)
    console.print(picture(replace(GOING, daemon_awake=False), ENGLISH))
    assert "no daemon runs on this node" in console.file.getvalue()
    assert "no daemon" not in ENGLISH.line(replace(OVER, daemon_awake=False))


@pytest.mark.parametrize(("seconds", "lines"), [(4, 1), (5, 2)])
def test_a_line_is_written_every_five_seconds(seconds, lines):
    out = io.StringIO()
    written = Lines(ENGLISH, out)
    written.show(GOING)
    written.show(replace(GOING, at=NOW + timedelta(seconds=seconds)))
    assert out.getvalue().count("\n") == lines


def test_a_new_state_is_written_at_once():
    out = io.StringIO()
    written = Lines(ENGLISH, out)
    written.show(GOING)
    written.show(OVER)
    assert "finished" in out.getvalue()


def test_following_ends_with_the_campaign_and_writes_no_escape_codes():
    looks = iter([GOING, GOING, OVER])
    out, slept = io.StringIO(), []
    shell = Shell(chosen="en")
    last = follow(shell, lambda: next(looks), out=out, sleep=slept.append)
    assert last is OVER
    assert len(slept) == 2
    assert out.getvalue().count("\n") == 2
    assert "\x1b" not in out.getvalue()


def test_the_picture_shows_names_as_they_are():
    console = Console(file=io.StringIO(), width=140, force_terminal=False)
    console.print(picture(GOING, ENGLISH))
    shown = console.file.getvalue()
    assert "Crue [bold] · running · 1 min 15 s" in shown
    assert "+33 1 •• •• •• 23 busy" in shown
    assert "+33 1 •• •• •• 24 ringing" in shown
    assert "lines 12/60, 180 calls a minute, end expected at 14:01:00 +04" in shown


def test_a_terminal_is_painted(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    with screen(Shell(chosen="en"), out) as show:
        show(GOING)
    assert "\x1b" in out.getvalue()


def test_a_dumb_terminal_gets_lines(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    out = Terminal()
    with screen(Shell(chosen="en"), out) as show:
        show(GOING)
    assert out.getvalue().count("\n") == 1
    assert "\x1b" not in out.getvalue()
