"""What every test may use. Fixtures of one room live in that room's own conftest."""

import signal
from collections.abc import Iterator

import pytest
import structlog

pytest_plugins = ["tests.allowed_skips"]

SLOWEST_FIRST = ("tests/console/", "tests/system/", "tests/cli/", "tests/lab/")
BRINGS_ITS_OWN = ("tests/system/", "tests/cli/test_demo.py")
SHARES_ONE_NIGHT = "tests/system/test_closed_door.py"


def pytest_configure() -> None:
    """Hear Ctrl-C: who was started in the background ignores it, children too."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With `--dist loadgroup`, tests that share something dear run in one worker.

    A file of real calls shares its Asterisk, a folder its PostgreSQL server; a test of
    the whole machine brings everything itself, and runs beside any other. Real calls
    mostly wait, so they begin first, the slowest at the head; what wants the processor
    comes last.
    """
    for item in items:
        if group := _shared(item):
            item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=_place)


def _shared(item: pytest.Item) -> str:
    """Return what a test shares with others, empty where it shares nothing dear."""
    file = item.nodeid.partition("::")[0]
    if file.startswith(BRINGS_ITS_OWN) and file != SHARES_ONE_NIGHT:
        return ""
    if item.get_closest_marker("asterisk"):
        return file
    is_on_server = item.get_closest_marker("postgres")
    return f"PostgreSQL of {file.rpartition('/')[0]}" if is_on_server else ""


def _place(item: pytest.Item) -> int:
    last = len(SLOWEST_FIRST) + 2
    if item.get_closest_marker("asterisk"):
        starts = [item.nodeid.startswith(folder) for folder in SLOWEST_FIRST]
        return starts.index(True) if any(starts) else len(SLOWEST_FIRST)
    return last - 1 if item.get_closest_marker("postgres") else last


@pytest.fixture(autouse=True)
def no_test_writes_into_the_log_of_another() -> Iterator[None]:
    """What the shell sets up for its own log would go to a file long closed."""
    yield
    structlog.reset_defaults()
