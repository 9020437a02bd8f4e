"""What is true of the repository: sizes, the lock, nothing of any one machine."""

import ast
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

import automaton

ROOT = Path(__file__).resolve().parent.parent
LOCKS = (
    "requirements.lock",
    "requirements-dev.lock",
    "requirements-voices.lock",
    "tests/voices/requirements.lock",
    ".ci/uv.lock",
)
LINE, FUNCTION_LINES, MODULE_LINES = 88, 50, 400
SHEBANG = b"#!"

# In two halves, so that this file does not name what it looks for.
INDEXES = "py" r"pi[.]org|python" r"hosted[.]|npm" r"js[.](org|com)"
MIRRORS = r"(deb|ftp|archive|security|snapshot)[.\w-]*[.](debian|ubuntu)[.](org|com)"
MACHINE_PATHS = r"(?<![\w.$}/-])/(root|work|opt/pypi|home/(?!somebody)\w+)\b"
PAPERS_ELSEWHERE = r"\b(CALLS|RULES|HOUSE|STYLE|GLOSSARY|DEPENDENCIES)\b"
SECRETS = r"BEGIN [A-Z ]*PRIVATE KEY|gh[pousr]_[A-Za-z0-9]{30}|AKIA[A-Z0-9]{16}"


@cache
def tracked() -> tuple[Path, ...]:
    """Return the files of the repository; outside git, whatever lies here."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        return tuple(path for path in ROOT.rglob("*") if is_ours(path))
    names = listed.stdout.rstrip("\0").split("\0")
    return tuple(path for name in names if (path := ROOT / name).is_file())


def is_ours(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    hidden = any(part.startswith(".") and part != ".ci" for part in parts)
    return path.is_file() and not hidden and "__pycache__" not in parts


def texts() -> list[tuple[str, str]]:
    """Return name and text of every tracked file that is text."""
    found = []
    for path in tracked():
        content = path.read_bytes()
        if b"\0" not in content:
            name = str(path.relative_to(ROOT))
            found.append((name, content.decode("utf-8", errors="replace")))
    return found


def python_files() -> list[tuple[str, str]]:
    return [(name, text) for name, text in texts() if name.endswith(".py")]


def docstrings() -> list[tuple[str, str]]:
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return [
        (name, ast.get_docstring(node) or "")
        for name, text in python_files()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, kinds)
    ]


def lines_with(pattern: str) -> list[str]:
    wanted = re.compile(pattern)
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if wanted.search(line)
    ]


@pytest.mark.parametrize("pattern", [INDEXES, MIRRORS, MACHINE_PATHS, SECRETS])
def test_no_file_names_an_index_a_machine_or_a_secret(pattern: str) -> None:
    assert lines_with(pattern) == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (INDEXES, "index-url = https://pypi." + "org/simple"),
        (MIRRORS, "deb http://deb." + "debian.org/debian bookworm main"),
        (MACHINE_PATHS, "folder = /ro" + "ot/data"),
        (MACHINE_PATHS, "cd /wo" + "rk && ls"),
        (MACHINE_PATHS, "/home" + "/alice"),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: str, line: str) -> None:
    assert re.search(pattern, line)


def test_only_pages_that_stand_here_are_cited() -> None:
    # Docstrings once named papers that no reader of this repository has.
    prose = [*docstrings(), *(x for x in texts() if x[0].endswith(".md"))]
    assert [name for name, text in prose if re.search(PAPERS_ELSEWHERE, text)] == []
    cited = {
        page
        for name, text in texts()
        if not name.startswith("tests/")
        for page in re.findall(r"\bdocs/[\w./-]+\.md\b", text)
    }
    assert cited
    assert {page for page in cited if not (ROOT / page).exists()} == set()


def test_modules_stay_under_their_roof() -> None:
    sizes = {name: len(text.splitlines()) for name, text in python_files()}
    assert {name: size for name, size in sizes.items() if size > MODULE_LINES} == {}


def test_functions_stay_short() -> None:
    long = [
        f"{name}:{node.lineno} {node.name}"
        for name, text in python_files()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LINES
    ]
    assert long == []


def test_lines_stay_short() -> None:
    long = [
        f"{name}:{number}"
        for name, text in python_files()
        for number, line in enumerate(text.splitlines(), 1)
        if len(line) > LINE
    ]
    assert long == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "common", "base", "impl"}
    assert [name for name, _ in python_files() if Path(name).stem in vague] == []


@pytest.mark.parametrize("name", LOCKS)
def test_lock_holds_exact_versions_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert "://" not in text
    assert "index" not in text
    entries = re.split(r"\n(?=\S)", text.split("\n", 2)[2])
    pinned = [entry for entry in entries if not entry.startswith("#")]
    assert pinned
    for entry in pinned:
        assert re.match(r"[a-z0-9._-]+==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry


def test_both_locks_pin_the_same_versions() -> None:
    everyday, developers, voices = (pins(name) for name in LOCKS[:3])
    assert everyday <= developers
    assert everyday <= voices


def pins(name: str) -> set[str]:
    text = (ROOT / name).read_text("utf-8")
    return set(re.findall(r"^[a-z0-9._-]+==\S+", text, re.MULTILINE))


def test_every_dependency_is_in_the_lock() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = {re.split(r"[^\w-]", line)[0] for line in project["dependencies"]}
    assert names <= {pin.split("==")[0] for pin in pins("requirements.lock")}


def test_version_is_the_same_everywhere() -> None:
    version = automaton.__version__
    published = (ROOT / "publiccode.yml").read_text("utf-8")
    assert re.search(rf"^softwareVersion: {re.escape(version)}$", published, re.M)


def test_scripts_may_be_executed() -> None:
    scripts = [path for path in tracked() if path.read_bytes()[:2] == SHEBANG]
    assert scripts
    assert [path.name for path in scripts if not path.stat().st_mode & 0o100] == []
