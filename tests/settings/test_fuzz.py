"""Whatever the settings say: settings that hold together, or a refusal in words."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from automaton.errors import ConfigurationError
from automaton.settings import load
from automaton.settings.keys import every_key
from automaton.settings.toml import as_toml
from tests.depth import examples

PATHS = sorted(key.path.replace("NAME", "operator") for key in every_key())
SECTIONS = sorted({path.rpartition(".")[0] for path in PATHS} - {""})
SIGNS = st.characters(codec="utf-8", exclude_categories=["C"])
NAMES = st.one_of(st.sampled_from(PATHS + SECTIONS), st.text(SIGNS, max_size=8))
WORDS = st.sampled_from(
    [
        "",
        "5 s",
        "1000000 h",
        "-1 s",
        "00:00-24:00",
        "25:61-1:1",
        "+33199000001",
        "+33",
        "sip:127.0.0.1:5070",
        "[::1]:99999",
        "http://[",
        "sqlite:///x",
        "postgresql://u:p@h/d",
        "Europe/Paris",
        "Lune/Mer",
        "~nobody-of-this-name/x",
        "a\u0000b",
        "fr",
        "17306",
    ]
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(),
        st.text(SIGNS, max_size=12),
        WORDS,
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(SIGNS, max_size=6), inner, max_size=3),
    ),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def loads_or_refuses(file: Path, environ: Mapping[str, str]) -> None:
    """What is taken can be written down and is then the same; all else is refused.

    The refusal is the one that is documented, names a place on each line, and is the
    same again: nothing is kept of a file that was refused.
    """
    before, given = file.read_bytes(), dict(environ)
    taken = refused = None
    try:
        taken = load(file, environ).settings
    except ConfigurationError as refusal:
        refused = refusal
    if taken is not None:
        copy = file.with_suffix(".copy")
        copy.write_text(as_toml(taken), "utf-8")
        assert load(copy, {}).settings == taken
        copy.unlink()
    else:
        assert refused is not None
        assert refused.error_id == "settings"
        with pytest.raises(ConfigurationError) as again:
            load(file, environ)
        assert str(again.value) == str(refused)
    assert (file.read_bytes(), dict(environ)) == (before, given)


def toml(value: Any) -> str:
    """Return a value as TOML writes it."""
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{quoted(k)} = {toml(v)}" for k, v in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, float):
        return repr(value)
    return quoted(value) if isinstance(value, str) else json.dumps(value)


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def dotted(path: str) -> str:
    return ".".join(map(quoted, path.split(".")))


@examples(60)
@given(text=st.text(max_size=200))
@example(text="trunk = 1\n[trunk.operator]\nlines = 2")
def test_any_text_is_settings_or_is_refused(folder: Path, text: str) -> None:
    file = folder / "text.toml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    loads_or_refuses(file, {})


@examples(200)
@given(told=st.dictionaries(NAMES, VALUES, max_size=6))
@example(told={"trunk.operator.auth_password_file": "~nobody-of-this-name/x"})
@example(told={"trunk.operator.auth_password_file": "a\u0000b"})
@example(told={"folders.data": "~nobody-of-this-name/x"})
@example(told={"trunk": []})
@example(told={"trunk": {"a b": {}}})
@example(told={"trunk": {"operator": 3}})
def test_any_tree_is_settings_or_is_refused(folder: Path, told: dict[str, Any]) -> None:
    text = "".join(f"{dotted(key)} = {toml(value)}\n" for key, value in told.items())
    file = folder / "tree.toml"
    file.write_text(text, "utf-8")
    loads_or_refuses(file, {})


@examples(150)
@given(
    told=st.dictionaries(
        NAMES.map(lambda path: "AUTOMATON__" + path.replace(".", "__").upper()),
        st.one_of(WORDS, st.text(SIGNS, max_size=12), VALUES.map(toml)),
        max_size=4,
    )
)
@example(told={"AUTOMATON__": "x"})
@example(told={"AUTOMATON__TRUNK": "x", "AUTOMATON__TRUNK__A__LINES": "2"})
def test_any_environment_is_settings_or_is_refused(
    folder: Path, told: dict[str, str]
) -> None:
    (folder / "empty.toml").write_text("", "utf-8")
    loads_or_refuses(folder / "empty.toml", told)


WHOLE = """
[trunk.operator]
contact = "127.0.0.1:5070"
lines = 2
"""


@examples(40)
@given(
    told=st.dictionaries(st.sampled_from(PATHS), st.one_of(WORDS, VALUES), max_size=1),
    lines=st.integers(2, 500),
)
def test_good_settings_are_kept_beside_whatever_is_bad(
    folder: Path, told: dict[str, Any], lines: int
) -> None:
    """One bad value refuses the whole file; it never passes for another value."""
    file = folder / "whole.toml"
    file.write_text(WHOLE.replace("lines = 2", f"lines = {lines}"), "utf-8")
    good = load(file, {}).settings
    assert [(t.name, t.lines) for t in good.trunks] == [("operator", lines)]
    environ = {
        "AUTOMATON__" + path.replace(".", "__").upper(): toml(value)
        for path, value in told.items()
    }
    loads_or_refuses(file, environ)
    assert load(file, {}).settings == good
