"""What people see: the listing, the reference, the example."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from automaton.settings import Loaded, Settings, load, show
from automaton.settings.keys import every_key, section_at
from automaton.settings.reference import reference
from automaton.settings.show import HIDDEN, written
from tests.settings.conftest import TRUNK

Load = Callable[..., Loaded]
ROOT = Path(__file__).parents[2]


def test_every_value_is_shown_with_its_origin(loaded: Load) -> None:
    text = (
        f'{TRUNK}dids = {{ "+33199000001" = "exampleville" }}\n'
        '[trunk.operator.registration]\nserver = "x.example"\nuser = "us"\n'
        'password = "k7-x2-z9"\n[asterisk]\nsip_bind = "0.0.0.0"\n'
    ).replace('contact = "127.0.0.1:5070"\n', "")
    found = {one.key: one for one in show(loaded(text))}
    assert found["trunk.operator.lines"].value == "30"
    assert found["trunk.operator.lines"].origin.endswith("automaton.toml, line 3")
    assert found["trunk.operator.dids"].value == "+33199000001 = exampleville"
    assert found["trunk.operator.dids"].origin.endswith("line 5")
    assert found["trunk.operator.registration.password"].value == HIDDEN
    assert found["calling.ring"].value == "30 s"
    assert found["calling.ring"].origin == "default"
    assert (
        found["calling.windows.information.hours"].value == "10:00-13:00, 14:00-20:00"
    )
    assert found["calling.windows.alert.hours"].value == "00:00-24:00"
    assert found["asterisk.embedded"].value == "true"
    assert found["asterisk.secret"].value == ""


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////var/lib/automaton.db", "sqlite:////var/lib/automaton.db"),
        (
            "postgresql+psycopg://us:word@db.example:5432/automaton?password=word",
            f"postgresql+psycopg://us:{HIDDEN}@db.example:5432/automaton",
        ),
        ("postgresql://us:w@rd/x@db.example/automaton", HIDDEN),
        ("postgresql:///automaton?password=word", HIDDEN),
    ],
)
def test_the_address_of_the_database_is_shown_without_its_password(
    loaded: Load, url: str, shown: str
) -> None:
    found = show(loaded(f'[database]\nurl = "{url}"'))
    assert next(one.value for one in found if one.key == "database.url") == shown


def test_durations_are_shown_in_their_largest_whole_unit() -> None:
    seconds = (0, 0.5, 90, 120, 7200, 86400)
    shown = [written(timedelta(seconds=one)) for one in seconds]
    assert shown == ["0 s", "0.5 s", "90 s", "2 min", "2 h", "1 d"]


def test_no_secret_is_ever_shown(loaded: Load) -> None:
    found = loaded('[asterisk]\nsecret = "a-word-of-ours"')
    assert "a-word-of-ours" not in repr(found) + repr(show(found))


def test_the_reference_is_that_of_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    assert page == reference(), (
        "run: python -m automaton.settings.reference docs/settings.md"
    )


def test_every_key_is_explained() -> None:
    assert [key.path for key in every_key() if not key.field.description] == []


def test_sections_are_found_by_their_path() -> None:
    assert section_at(()) is Settings
    assert section_at(("calling", "ring", "x")) is None
    assert section_at(("nowhere", "at", "all")) is None


def test_the_example_is_accepted_whole() -> None:
    settings = load(ROOT / "automaton.example.toml", {}).settings
    assert settings.folders.data == ROOT / "data"
    assert settings.trunks[0].calls_per_second == 2


def test_what_the_example_leaves_commented_out_is_accepted(
    loaded: Load, tmp_path: Path
) -> None:
    (tmp_path / "word").write_text("k7-x2-z9-of-ours")
    text = (ROOT / "automaton.example.toml").read_text(encoding="utf-8")
    second = text[text.index("# [trunk.second]") : text.index("[calling]")]
    text = text.replace(second, second.replace("\n# ", "\n").removeprefix("# "))
    found = loaded(text.replace("/etc/automaton/second-password", "word"))
    assert [one.name for one in found.settings.trunks] == ["operator", "second"]
