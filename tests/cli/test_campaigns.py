"""Campaigns, previews and reports by the shell, without a daemon."""

from __future__ import annotations

import csv
import io
import sys
import time
import wave
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from automaton.cli.options import by_language, moment
from automaton.cli.shell import Shell
from automaton.errors import RequestError
from automaton.store.engine import open_database, writing
from automaton.store.tables import campaigns
from tests.cli.conftest import Node, drafted

PARIS = ZoneInfo("Europe/Paris")


def test_a_draft_is_written_and_found_by_name_and_by_the_beginning_of_its_id(
    commune: Node,
) -> None:
    made = drafted(commune, "--lines", "5", "--attempts", "2", "--trunk", "town")
    for name in (made, made[:30], "Crue"):
        shown = commune.json("campaign", "show", name)
        assert (shown["id"], shown["state"], shown["lines"]) == (made, "draft", 5)
    assert [one["id"] for one in commune.json("campaign", "list")] == [made]
    assert "Crue" in commune.done("campaign", "list").out
    assert "ici la mairie" in commune.done("campaign", "show", "Crue").out
    assert commune.json("campaign", "watch", "Crue", "--once")["state"] == "draft"


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "launch it where it was"), ("fr", "lancez-la là où elle")],
)
def test_a_draft_whose_message_is_on_another_machine_says_so_before_a_launch(
    commune: Node, language: str, said: str
) -> None:
    # Only the launch said it, when it was refused.
    drafted(commune)
    show = ("--lang", language, "campaign", "show", "Crue")
    assert said not in commune.done(*show).out
    for prompt in (commune.folder / "data" / "prompts").glob("*.alaw"):
        prompt.unlink()
    assert said in commune.done(*show).out


def test_a_message_speaks_two_languages(commune: Node) -> None:
    more = ("--text", "Montez.", "--text", "en=Go upstairs.")
    drafted(commune, *more)
    message = commune.json("campaign", "show", "Crue")["message"]
    assert {one["language"]: one["text"] for one in message} == {
        "fr": "Montez.",
        "en": "Go upstairs.",
    }


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_message_that_leaves_the_own_language_out_is_refused(
    commune: Node, language: str
) -> None:
    # It was accepted without a word, and everybody would have heard English.
    wish = ("--name", "Crue", "--class", "alert", "--register", "alerte")
    line = ("campaign", "create", *wish, "--text", "en=Go upstairs.")
    ended = commune("--lang", language, *line)
    assert (ended.code, ended.out) == (2, "")
    assert "--text fr=" in ended.err
    assert commune.json("campaign", "list") == []


def test_a_dry_run_says_who_would_be_rung_and_changes_nothing(commune: Node) -> None:
    drafted(commune)
    told = commune.json("campaign", "launch", "Crue", "--dry-run")
    assert (told["homes"], told["by_trunk"], told["lines"]) == (2, {"town": 2}, 19)
    assert told["starts_at"]
    assert told["forecast"]["milestones"]["50"]
    assert (
        "2 homes would be rung"
        in commune.done("campaign", "launch", "Crue", "--dry-run").out
    )
    assert commune.json("campaign", "show", "Crue")["state"] == "draft"


def test_no_alert_starts_without_a_duty_list(commune: Node) -> None:
    drafted(commune)
    commune.done("duty", "remove", "Astreinte", "--yes")
    refused = commune("campaign", "launch", "Crue", "--dry-run")
    assert refused.code == 2
    assert "duty list" in refused.out
    refused = commune("campaign", "launch", "Crue")
    assert (refused.code, refused.out) == (2, "")


def test_a_command_waits_where_no_daemon_runs_and_says_so(commune: Node) -> None:
    drafted(commune)
    told = commune.done("campaign", "launch", "Crue").out
    assert "No daemon runs on this node" in told
    again = commune("campaign", "launch", "Crue")
    assert again.code == 2
    assert "asked for this launch already" in again.err
    other = drafted(commune)
    assert not commune.json("campaign", "launch", other)["daemon_awake"]


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "launched, waiting for the daemon"), ("fr", "lancée, attend le démon")],
)
def test_a_launch_that_waits_for_a_daemon_is_no_draft_to_the_eye(
    commune: Node, language: str, said: str
) -> None:
    drafted(commune)
    assert commune.json("campaign", "show", "Crue")["launch_waits"] is False
    commune.done("campaign", "launch", "Crue")
    looks = (("list",), ("show", "Crue"), ("watch", "Crue", "--once"))
    for look in looks:
        assert said in commune.done("--lang", language, "campaign", *look).out
    assert said in commune.done("--lang", language, "report", "Crue").out
    assert commune.json("campaign", "list")[0]["launch_waits"] is True
    assert commune.json("campaign", "show", "Crue")["launch_waits"] is True
    assert commune.json("campaign", "watch", "Crue", "--once")["launch_waits"] is True


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "draft, stop asked for, waiting for the daemon"),
        ("fr", "brouillon, arrêt demandé, attend le démon"),
    ],
)
def test_a_stop_that_waits_for_a_daemon_shows(
    commune: Node, language: str, said: str
) -> None:
    # « Noted », and the list said draft as before.
    drafted(commune)
    commune.done("campaign", "stop", "Crue", "--yes")
    for verb in (["list"], ["show", "Crue"]):
        assert said in commune.done("--lang", language, "campaign", *verb).out
    assert commune.json("campaign", "list")[0]["stop_waits"] is True


@pytest.mark.parametrize(
    "more",
    [
        ("--lines", "0"),
        ("--attempts", "10"),
        ("--attempts", "0"),
        ("--trunk", "nowhere"),
        ("--caller-id", "0199000099"),
        ("--at", "yesterday"),
        ("--at", "2001-01-01 08:00"),
        ("--text", ""),
        ("--recording", "nowhere.wav"),
        ("--group", "nobody"),
        ("--policy", "nowhere.toml"),
        ("--text", "Bonjour.", "--recording", "fr=automaton.toml"),
    ],
)
def test_a_bad_wish_is_refused_and_nothing_is_written(
    commune: Node, more: tuple[str, ...]
) -> None:
    wish = ("--name", "Crue", "--class", "alert", "--register", "alerte")
    text = () if "--text" in more else ("--text", "Bonjour.")
    ended = commune("campaign", "create", *wish, *text, *more)
    assert (ended.code, ended.out) == (2, "")
    assert len(ended.err.splitlines()) == 1
    assert commune.json("campaign", "list") == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("campaign", "show", "nothing"),
        ("campaign", "launch", "nothing"),
        ("campaign", "watch", "nothing"),
        ("campaign", "pause", "Crue"),
        ("campaign", "resume", "Crue"),
        ("campaign", "follow-up", "Crue", "--kind", "again"),
        ("report", "nothing"),
    ],
)
def test_what_makes_no_sense_for_a_draft_is_refused(
    commune: Node, arguments: tuple[str, ...]
) -> None:
    drafted(commune)
    ended = commune(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert commune.json("campaign", "show", "Crue")["state"] == "draft"


def test_stopping_says_what_will_end_and_asks(commune: Node) -> None:
    drafted(commune)
    refused = commune("campaign", "stop", "Crue")
    assert refused.code == 2
    assert "will end for good" in refused.err
    assert commune.done("campaign", "stop", "Crue", "--yes").code == 0


@pytest.mark.parametrize(
    "order", [["stop", "Crue", "--yes"], ["pause", "Crue"], ["resume", "Crue"]]
)
def test_what_became_of_a_command_is_told_to_programs(
    commune: Node, order: list[str]
) -> None:
    # Three sentences to choose from, and exit code 0 for each of them.
    made = drafted(commune)
    state = {"pause": "running", "resume": "paused"}.get(order[0], "draft")
    engine = open_database(f"sqlite:///{commune.folder / 'data' / 'automaton.db'}")
    with writing(engine) as connection:
        connection.execute(update(campaigns).values(state=state))
    engine.dispose()
    told = commune.json("campaign", *order)
    assert told == {"campaign_id": made, "daemon_awake": False, "done": False}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_pause_that_no_daemon_has_seen_is_taken_back(
    commune: Node, language: str
) -> None:
    # Exit code 2, and the alert paused at the daemon's next start.
    drafted(commune)
    engine = open_database(f"sqlite:///{commune.folder / 'data' / 'automaton.db'}")
    with writing(engine) as connection:
        connection.execute(update(campaigns).values(state="running"))
    engine.dispose()
    for order in ("pause", "resume"):
        told = commune.done("--lang", language, "campaign", order, "Crue").out
        assert {"en": "Noted", "fr": "noté"}[language] in told
    orders = commune.json("campaign", "show", "Crue")["orders"]
    assert [order["name"] for order in orders] == ["pause", "resume"]


def test_a_preview_is_a_wav_of_the_telephone(node: Node) -> None:
    told = node.json("message", "preview", "--text", "Bonjour.", "-o", "it.wav")
    assert told["files"][0]["seconds"] > 1
    with wave.open(str(node.folder / "it.wav")) as file:
        assert (file.getframerate(), file.getnchannels()) == (8000, 1)
    two = ("--text", "fr=Bonjour.", "--text", "en=Hello.", "-o", "two.wav")
    node.done("message", "preview", *two)
    assert {path.name for path in node.folder.glob("two*.wav")} == {
        "two-fr.wav",
        "two-en.wav",
    }


@pytest.mark.parametrize(
    "arguments", [(), ("--text", " "), ("--text", "Bonjour.", "-o", "no/where.wav")]
)
def test_a_preview_of_nothing_is_refused(
    node: Node, arguments: tuple[str, ...]
) -> None:
    assert node("message", "preview", *arguments).code == 2
    assert not Path("message.wav").exists()


def test_a_report_is_told_in_every_form(commune: Node) -> None:
    made = drafted(commune)
    assert "Recipients" in commune.done("report", made).out
    assert commune.json("report", made)["campaign"]["id"] == made
    assert commune.done("report", made, "--format", "json").data["figures"]
    rows = commune.done("report", made, "--format", "csv").out
    assert "recipient" in next(csv.reader(io.StringIO(rows), delimiter=";"))[0]
    assert commune.done("report", made, "--format", "html").out.startswith("<!")
    assert "address" in commune.done("report", made, "--format", "visits").out
    commune.done("report", made, "--format", "html", "-o", "it.html")
    assert commune.folder.joinpath("it.html").stat().st_size > 1000


def test_a_page_that_a_terminal_would_show_goes_into_the_reports_folder(
    commune: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = drafted(commune)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    (page,) = commune.done("report", made, "--format", "html").out.splitlines()
    assert page.endswith(f"reports/{made}.html")
    assert Path(page.removeprefix("Written: ")).read_text("utf-8").startswith("<!")


def test_a_report_whose_disk_is_full_is_the_worlds_fault(commune: Node) -> None:
    made = drafted(commune)
    mode = Path("/dev/full").stat().st_mode
    assert commune("report", made, "-o", "/dev/full").code == 1
    assert Path("/dev/full").stat().st_mode == mode
    assert commune("report", made, "-o", "/proc/nowhere/it.json").code == 2
    assert commune("report", made, "-o", "nowhere/it.json").code == 2
    assert not commune.folder.joinpath("nowhere").exists()


def test_moments_are_of_the_communes_own_time() -> None:
    shell = Shell(chosen="en")
    told = moment(shell, "2026-11-22 08:00", PARIS)
    assert told == datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
    assert moment(shell, "2026-11-22T08:00Z", PARIS) == datetime(
        2026, 11, 22, 8, 0, tzinfo=UTC
    )
    today = moment(shell, "8:30", PARIS)
    assert today is not None
    assert (today.hour, today.minute, today.tzinfo) == (8, 30, PARIS)
    assert moment(shell, None, PARIS) is None
    with pytest.raises(RequestError):
        moment(shell, "soon", PARIS)


def test_texts_are_told_apart_by_language() -> None:
    assert by_language(["Montez = vite", "en=Up"], "fr") == {
        "fr": "Montez = vite",
        "en": "Up",
    }
    assert by_language(None, "fr") == {}


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server whose clock shows UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("utc")
def test_times_of_a_campaign_are_those_of_its_collectivity(node: Node) -> None:
    register = node.folder / "register.csv"
    register.write_text("nom;téléphone\nHoarau;02 61 91 00 12\n", "utf-8")
    node.done("collectivity", "add", "Saint-Denis", "--insee", "97411")
    node.done("duty", "add", "Astreinte", "01 99 00 00 01")
    node.done("contacts", "import", register)
    found = drafted(node, "--at", "2031-03-04 10:00")
    local = "2031-03-04 10:00:00 +04"
    assert (
        f"first call: {local}"
        in node.done("campaign", "launch", found, "--dry-run").out
    )
    assert local in node.done("campaign", "show", found).out
    assert " +04" in node.done("campaign", "list").out
    assert f"first call: {local}" in node.done("campaign", "launch", found).out


def test_class_and_state_are_told_in_the_language(commune: Node) -> None:
    found = drafted(commune)
    for verb in (["list"], ["show", found]):
        told = commune.done("--lang", "fr", "campaign", *verb).out
        assert "Alerte" in told
        assert "brouillon" in told
