"""A bar that fills while something is rendered; what is quick shows none."""

from __future__ import annotations

from threading import Timer
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

SHOWN_AFTER = 1.0  # seconds


class Bar:
    """Shows on a console how much is done, after a second; then it is gone."""

    def __init__(
        self, title: str, console: Console, shown_after: float = SHOWN_AFTER
    ) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._progress = Progress(*columns, console=console, transient=True)
        self._task = self._progress.add_task(title, total=None)
        self.start = Timer(shown_after, self._progress.start)
        self.start.daemon = True

    def __enter__(self) -> Bar:
        """Begin to count the seconds."""
        self.start.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        self.start.cancel()
        self.start.join()
        self._progress.stop()

    def tell(self, done: int, of: int) -> None:
        """Say how much is done, of how much."""
        self._progress.update(self._task, completed=done, total=of)
