"""In and out of the shell: exit codes, one sentence, two languages, a fast start."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from automaton import __version__
from automaton.cli import door, words
from automaton.errors import ConfigurationError, LineError
from automaton.store.engine import open_database, reading
from tests.cli.conftest import Node, drafted
from tests.cli.texts import all_texts

AUTOMATON = (sys.executable, "-c", "from automaton.cli import main; main()")


def test_version_is_told(node: Node) -> None:
    assert node.done("--version").out == f"automaton {__version__}\n"


def test_version_reads_no_room_of_the_house() -> None:
    heavy = ("pydantic", "sqlalchemy", "numpy", "rich", "structlog", "panoramisk")
    code = (
        "import sys\nfrom automaton.cli.door import run\nrun(['--version'])\n"
        f"print(sorted(set({heavy}) & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert said.stdout.splitlines()[-1] == "[]"


def test_a_launch_reads_nothing_that_makes_or_draws_anything() -> None:
    # The command's own start was most of the time until the first telephone rang.
    heavy = ("alembic", "holidays", "numpy", "rich", "soundfile", "structlog")
    code = (
        "import sys\nimport automaton.cli.door, automaton.cli.campaign\n"
        f"print(sorted(set({heavy}) & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert said.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["config", "nonsense"],
        ["config", "show", "--nonsense"],
        ["--lang", "de", "config", "show"],
        ["campaign", "launch"],
    ],
)
def test_a_wrong_command_line_is_the_persons_fault(
    node: Node, arguments: list[str]
) -> None:
    ended = node(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert "Error:" in ended.err


def test_wrong_settings_are_the_persons_fault_and_name_the_line(node: Node) -> None:
    file = node.folder / "automaton.toml"
    file.write_text('langage = "fr"\n', "utf-8")
    ended = node("config", "show")
    assert ended.code == 2
    assert "langage" in ended.err
    assert "line 1" in ended.err
    assert "Traceback" not in ended.err


def test_a_settings_file_that_is_not_there_is_the_persons_fault(node: Node) -> None:
    ended = node("--config", "nowhere.toml", "config", "show")
    assert ended.code == 2
    assert "nowhere.toml" in ended.err


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (LineError("The link is down."), 1, "The link is down."),
        (ConfigurationError("Change x."), 2, "Change x."),
        (OSError(28, "No space left on device", "/data/x"), 1, "/data/x: No space"),
        (OSError(28, "No space left on device"), 1, "A disk is full: make room"),
        (PermissionError(13, "Permission denied", "/data/x"), 2, "/data/x: Permission"),
        (ConnectionRefusedError(111, "Connection refused"), 1, "Connection refused."),
        (KeyboardInterrupt(), 130, ""),
        (ZeroDivisionError("division by zero"), 1, "ZeroDivisionError"),
    ],
)
def test_every_error_is_one_sentence_with_its_exit_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    sentence: str,
) -> None:
    def fails(_: object) -> int:
        raise error

    monkeypatch.setattr(door, "_invoke", fails)
    assert door.run(["--lang", "en"]) == code
    said = capsys.readouterr().err
    assert sentence in said
    assert "Traceback" not in said
    assert len(said.splitlines()) == bool(sentence)


def test_the_place_of_an_unexpected_fault_is_shown_on_request(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(door, "_invoke", fails)
    monkeypatch.setenv("AUTOMATON_TRACEBACK", "1")
    assert door.run([]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_fault_in_the_database_tells_no_name_and_no_number(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'town.sqlite3'}")
    asked = text("SELECT :name, :number FROM nowhere")

    def fails(_: object) -> int:
        with reading(engine) as connection:
            values = {"name": "Fontbrune", "number": "+33199000001"}
            connection.execute(asked, values)
        return 0

    monkeypatch.setattr(door, "_invoke", fails)
    for shown in ("", "1"):
        monkeypatch.setenv("AUTOMATON_TRACEBACK", shown)
        assert door.run([]) == 1
        said = capsys.readouterr().err
        assert "nowhere" in said
        assert "Fontbrune" not in said
        assert "+33199000001" not in said
    engine.dispose()


def test_ctrl_c_ends_with_130(commune: Node) -> None:
    asking = [*AUTOMATON, "duty", "remove", "Astreinte"]
    with subprocess.Popen(
        asking, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as waiting:
        assert waiting.stderr is not None
        assert b"Astreinte" in waiting.stderr.read(len("Astreinte"))
        waiting.send_signal(signal.SIGINT)
        assert waiting.wait(10) == 130
    assert len(commune.json("duty", "list")) == 1


def test_a_reader_who_leaves_early_sees_no_traceback(node: Node) -> None:
    line = " ".join(f"'{part}'" for part in AUTOMATON)
    said = subprocess.run(
        ["bash", "-c", f"{line} config show | head -1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in said.stderr
    assert said.stdout.startswith("Key")


def test_help_is_told_in_french_and_in_english(node: Node) -> None:
    assert "Les réglages." in node.done("--lang", "fr", "--help").out
    assert "The settings." in node.done("--lang=en", "--help").out
    assert "Affiche chaque réglage" in node.done("--lang", "fr", "config", "--help").out


def test_a_noun_alone_shows_its_verbs(node: Node) -> None:
    ended = node("contacts")
    assert ended.code == 2
    assert "erase" in ended.out + ended.err


@pytest.mark.parametrize(
    ("environ", "arguments", "language"),
    [
        ({}, [], "fr"),
        ({"LANG": "C.UTF-8"}, [], "fr"),
        ({"LANG": "en_GB.UTF-8"}, [], "en"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "fr_FR"}, [], "fr"),
        ({"LANG": "en_GB", "AUTOMATON__LANGUAGE": "fr"}, [], "fr"),
        ({"LANG": "fr_FR"}, ["--lang", "en", "config"], "en"),
        ({"LANG": "fr_FR"}, ["--lang=en"], "en"),
        ({"LANG": "en_GB"}, ["campaign", "list", "--lang", "fr"], "fr"),
    ],
)
def test_the_language_of_help(
    environ: dict[str, str], arguments: list[str], language: str
) -> None:
    assert words.spoken_here(arguments, environ) == language


def test_the_language_of_answers_is_asked_for_or_set_or_of_the_terminal(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert node.done("config", "show").out.startswith("Key")
    assert node.done("--lang", "fr", "config", "show").out.startswith("Clé")
    assert node.done("config", "--lang", "fr", "show").out.startswith("Clé")
    assert node.done("config", "show", "--lang=fr").out.startswith("Clé")
    node.folder.joinpath("automaton.toml").write_text("", "utf-8")
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    assert node.done("config", "show").out.startswith("Clé")
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    assert node.done("config", "show").out.startswith("Key")


def test_every_text_of_the_shell_has_its_french() -> None:
    assert sorted(all_texts() - set(words.french())) == []


def test_no_french_text_loses_a_blank() -> None:
    blanks = re.compile(r"\{(\w+)[:}]")
    for english, french in words.french().items():
        assert set(blanks.findall(english)) == set(blanks.findall(french)), english


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["campaign", "list"], "Créée"),
        (["duty", "list"], "Nom"),
        (["doctor", "--help"], "Vérifie"),
        (["campaign", "show", "x"], "Il n’y a pas de campagne"),
        (["campaign", "list", "x"], "Argument en trop"),
    ],
)
def test_the_language_may_be_named_at_the_end_of_the_line(
    commune: Node, arguments: list[str], told: str
) -> None:
    # --lang was read before the noun alone: at the end it was no option.
    ended = commune(*arguments, "--lang", "fr")
    assert told in ended.out + ended.err


def test_what_stands_behind_a_double_dash_is_no_language() -> None:
    line = ["campaign", "show", "--", "--lang", "fr"]
    assert words.with_language_first(line) == line
    assert words.with_language_first(["demo", "--lang"]) == ["demo", "--lang"]


def test_errors_speak_the_language_of_the_settings_file(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = node.folder / "automaton.toml"
    written = file.read_text("utf-8")
    file.write_text(written.replace('language = "en"', 'language = "fr"'), "utf-8")
    told = "Il n’y a pas de campagne « x »."
    assert told in node("campaign", "show", "x").err
    monkeypatch.delenv("AUTOMATON_CONFIG")
    assert told in node("campaign", "show", "x").err
    assert told in node("--config", file, "campaign", "show", "x").err
    assert "There is no campaign" in node("--lang", "en", "campaign", "show", "x").err
    monkeypatch.setenv("AUTOMATON__LANGUAGE", "en")
    assert "There is no campaign" in node("campaign", "show", "x").err


def test_broken_settings_are_told_in_the_language_of_the_terminal(node: Node) -> None:
    node.folder.joinpath("automaton.toml").write_text('language = "fr\n', "utf-8")
    assert "is no TOML" in node("config", "show").err


def person_of(node: Node) -> str:
    found: str = node.json("contacts", "list")["contacts"][0]["id"]
    return found


@pytest.mark.parametrize("place", ["folder.json", "file/below.json"])
def test_an_output_that_cannot_be_written_is_the_persons_fault(
    commune: Node, place: str
) -> None:
    # A report ended with 1 there, a preview with 2.
    drafted(commune)
    commune.folder.joinpath("folder.json").mkdir()
    commune.folder.joinpath("file").write_text("", "utf-8")
    preview = ("message", "preview", "--text", "Bonjour.", "-o", place)
    export = ("contacts", "export", person_of(commune), "--output", place)
    for verb in (("report", "Crue", "-o", place), preview, export):
        ended = commune(*verb, "--lang", "fr")
        assert (ended.code, ended.out) == (2, ""), verb
        assert "dossier" in ended.err or "existe déjà" in ended.err, ended.err
        assert len(ended.err.splitlines()) == 1, ended.err
