"""The stage of the tests of the whole machine."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from automaton import bootstrap
from automaton.asterisk.install import Installation
from automaton.settings import Settings
from automaton.settings.model import FoldersSettings
from tests.asterisk.conftest import installation
from tests.system.stage import Stage, Trunk, cache

__all__ = ["installation"]

MakeStage = Callable[..., Stage]


@pytest.fixture(scope="session")
def prompts() -> Path:
    """The folder of rendered sounds, one for all stages; kept in the cache."""
    folder = cache() / "test-prompts"
    bootstrap.render_phrases(Settings(folders=FoldersSettings(prompts=folder)))
    return folder


@pytest.fixture
def stage(installation: Installation, prompts: Path) -> Iterator[MakeStage]:
    """Make a stage of trunks by name, or of one town's script."""
    with ExitStack() as ends:

        def make(
            script: str = "",
            trunks: dict[str, Trunk] | None = None,
            more: str = "",
            shutdown: str = "1 s",
            node: str = "main",
            kind: Callable[..., Stage] = Stage,
        ) -> Stage:
            folder = Path(tempfile.mkdtemp(prefix="aut-"))
            ends.callback(shutil.rmtree, folder)
            chosen = trunks or {"town": Trunk(script)}
            return ends.enter_context(
                kind(folder, installation, prompts, chosen, more, shutdown, node)
            )

        yield make
