"""A plugin of pytest: with `--only-allowed-skips FILE` any other skip is a failure.

FILE holds one test id a line, then two spaces and the reason; `#` begins a comment.
"""

from pathlib import Path

import pytest

FILE_OPTION = "--only-allowed-skips"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(FILE_OPTION, type=Path, metavar="FILE", default=None)


def pytest_configure(config: pytest.Config) -> None:
    path: Path | None = config.getoption(FILE_OPTION)
    if path is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(SkipGuard(allowed_ids(path.read_text("utf-8"))))


def allowed_ids(text: str) -> frozenset[str]:
    """Return the test ids of an allowed-skips file; each line gives a reason."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    for line in lines:
        if "  " not in line:
            raise pytest.UsageError(f"allowed skips: no reason is given for {line}")
    return frozenset(line.split("  ", 1)[0] for line in lines)


class SkipGuard:
    """Collects the skips that nobody allowed and turns them into a failed run."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self.allowed = allowed
        self.surprises: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self.note(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.note(report.nodeid)

    def note(self, test_id: str) -> None:
        if test_id not in self.allowed:
            self.surprises.append(test_id)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.surprises and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        if not self.surprises:
            return
        terminalreporter.section("skipped, and not allowed to be", red=True)
        for test_id in self.surprises:
            terminalreporter.line(test_id)
