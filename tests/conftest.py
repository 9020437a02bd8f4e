"""What every test may use. Fixtures of one room live in that room's own conftest."""

import pytest

pytest_plugins = ["tests.allowed_skips"]

ONE_AFTER_ANOTHER = ("asterisk", "postgres")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With `-n 2 --dist loadgroup`, no two tests of a kind compete in real time."""
    for item in items:
        kinds = [name for name in ONE_AFTER_ANOTHER if item.get_closest_marker(name)]
        if kinds:
            item.add_marker(pytest.mark.xdist_group(kinds[0]))
