"""What every test may use. Fixtures of one room live in that room's own conftest."""

from collections.abc import Iterator

import pytest
import structlog

pytest_plugins = ["tests.allowed_skips"]

ONE_AFTER_ANOTHER = ("asterisk", "postgres")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With `-n 2 --dist loadgroup`, no two tests of a kind compete in real time."""
    for item in items:
        kinds = [name for name in ONE_AFTER_ANOTHER if item.get_closest_marker(name)]
        if kinds:
            item.add_marker(pytest.mark.xdist_group(kinds[0]))


@pytest.fixture(autouse=True)
def no_test_writes_into_the_log_of_another() -> Iterator[None]:
    """What the shell sets up for its own log would go to a file long closed."""
    yield
    structlog.reset_defaults()
