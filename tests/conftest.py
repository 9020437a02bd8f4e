"""What every test may use. Fixtures of one room live in that room's own conftest."""

import signal
from collections.abc import Iterator

import pytest
import structlog

pytest_plugins = ["tests.allowed_skips"]

SLOWEST_FIRST = ("tests/system/", "tests/cli/", "tests/lab/")


def pytest_configure() -> None:
    """Hear Ctrl-C: who was started in the background ignores it, children too."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With `--dist loadgroup`, a file of real calls shares its Asterisk in one worker.

    Real calls mostly wait, so the slowest files begin first and run side by side; one
    PostgreSQL server serves one worker.
    """
    for item in items:
        if item.get_closest_marker("postgres"):
            item.add_marker(pytest.mark.xdist_group("postgres"))
        elif item.get_closest_marker("asterisk") and not _stands_alone(item):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
    items.sort(key=_place)


def _stands_alone(item: pytest.Item) -> bool:
    """Tell whether a test brings a town and a node of its own."""
    return item.nodeid.startswith("tests/system/")


def _place(item: pytest.Item) -> int:
    if not item.get_closest_marker("asterisk"):
        return len(SLOWEST_FIRST) + 1
    starts = [item.nodeid.startswith(folder) for folder in SLOWEST_FIRST]
    return starts.index(True) if any(starts) else len(SLOWEST_FIRST)


@pytest.fixture(autouse=True)
def no_test_writes_into_the_log_of_another() -> Iterator[None]:
    """What the shell sets up for its own log would go to a file long closed."""
    yield
    structlog.reset_defaults()
