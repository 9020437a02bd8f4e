"""The phrases that every call uses, from `voice_prompts/<language>/` to Asterisk.

A phrase is `<name>.txt`, or a recording beside it (`<name>.wav`, .flac, .ogg, .mp3)
which then replaces the synthetic voice. What Asterisk plays is
`<prompts folder>/<language>/<name>.alaw`. Texts with blanks are in `templates/`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from automaton.errors import ConfigurationError
from automaton.voices.cache import ALAW, PromptCache, PromptId, write_whole
from automaton.voices.choice import spoken_by_first
from automaton.voices.voice import LINE_RATE, Voice

RECORDED = (".wav", ".flac", ".ogg", ".mp3")
_HERE = Path(__file__).resolve().parent
_PLACES = (_HERE.parents[1] / "voice_prompts", _HERE.parent / "voice_prompts")


def phrases_folder() -> Path:
    """Return `voice_prompts/`, beside the package in a checkout, else inside it."""
    for place in _PLACES:
        if place.is_dir():
            return place
    message = "The folder voice_prompts is missing: install the program again."
    raise ConfigurationError(message, error_id="phrases-missing")


def phrase_languages() -> tuple[str, ...]:
    """Return the languages that have phrases."""
    return tuple(sorted(p.name for p in phrases_folder().iterdir() if p.is_dir()))


def phrase_names(language: str) -> tuple[str, ...]:
    """Return the names of the phrases of a language."""
    return tuple(sorted(text.stem for text in _folder(language).glob("*.txt")))


def template(name: str, language: str, **blanks: str) -> str:
    """Return a text with its blanks filled: opening, machine, codeword."""
    text = (_folder(language) / "templates" / f"{name}.txt").read_text("utf-8")
    return text.strip().format(**blanks)


def spoken_phrases(
    folder: Path, language: str, voices: Iterable[Voice]
) -> dict[str, PromptId]:
    """Render what changed into `<folder>/<language>/`, and return all by name.

    Raises `ConfigurationError` for a language that has no phrases.
    """
    cache, voices = PromptCache(folder), tuple(voices)
    prompts = {}
    for name in phrase_names(language):
        prompts[name] = _phrase(cache, name, language, voices)
        _put(cache.path(prompts[name]), folder / language / f"{name}{ALAW}")
    return prompts


def phrase_seconds(
    folder: Path, language: str, names: Iterable[str], voices: Iterable[Voice]
) -> dict[str, float]:
    """Return how long phrases play, as they are installed; the others are rendered.

    Raises `ConfigurationError` for a language that has no phrases.
    """
    cache, voices = PromptCache(folder), tuple(voices)
    seconds = {}
    for name in names:
        installed = folder / language / f"{name}{ALAW}"
        if not installed.is_file():
            installed = cache.path(_phrase(cache, name, language, voices))
        seconds[name] = installed.stat().st_size / LINE_RATE
    return seconds


def _phrase(
    cache: PromptCache, name: str, language: str, voices: tuple[Voice, ...]
) -> PromptId:
    text = _folder(language) / f"{name}.txt"
    for recorded in map(text.with_suffix, RECORDED):
        if recorded.is_file():
            return cache.render_recording(recorded)
    words = text.read_text("utf-8")
    return spoken_by_first(cache, words, language, voices).prompt


def _put(source: Path, target: Path) -> None:
    """Copy, unless it is there: calls may be playing it at this moment."""
    content = source.read_bytes()
    if not target.is_file() or target.read_bytes() != content:
        write_whole(target, content)


def _folder(language: str) -> Path:
    folder = phrases_folder() / language
    if not (folder / "ask-1.txt").is_file():
        spoken = ", ".join(phrase_languages())
        message = f"There are no phrases in {language!r}: choose one of {spoken}."
        raise ConfigurationError(message, error_id="language-unknown")
    return folder
