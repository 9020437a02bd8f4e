"""`automaton message`: listen to what will be said, before anybody is rung."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from automaton.cli.options import by_language
from automaton.cli.shell import AsJson, Shell, new_noun, shell_of
from automaton.cli.terms import HelpKey, MachineTexts, Recordings, Subject, Texts
from automaton.domain.campaign import CampaignClass
from automaton.errors import RequestError
from automaton.services.messages import Caller, MessageWish, Rendered, Studio
from automaton.services.voice_samples import Comparison, Sample, samples, voices_asked

app = new_noun()


@app.command("preview")
def preview(
    context: typer.Context,
    text: Texts = None,
    recording: Recordings = None,
    machine_text: MachineTexts = None,
    subject: Subject = "",
    caller: Annotated[str, typer.Option(help="Who calls, for --subject.")] = "",
    campaign_class: Annotated[
        CampaignClass, typer.Option("--class", help="As which class.")
    ] = CampaignClass.ALERT,
    help_key: HelpKey = False,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The WAV file to write.")
    ] = Path("message.wav"),
    voice: Annotated[
        str,
        typer.Option(
            help="By this voice; « all »: one file for each. The message alone."
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Write a WAV of what a resident hears, once through."""
    shell = shell_of(context)
    settings = shell.settings
    files = by_language(recording, settings.language)
    wish = MessageWish(
        texts=by_language(text, settings.language),
        recordings={language: Path(file) for language, file in files.items()},
        machine_texts=by_language(machine_text, settings.language),
        subject=subject,
    )
    if not output.parent.is_dir():
        sentence = shell.words("There is no folder {folder}.", folder=output.parent)
        raise RequestError(sentence, error_id="preview-path")
    who = caller or settings.installation
    if voice:
        asked = Comparison(wish, who, voices_asked(voice, settings), output)
        return _tell_samples(shell, samples(settings, asked), as_json)
    studio = Studio(settings)
    with shell.bar("Rendering the message …") as told, studio.telling(told):
        rendered = studio.rendered(wish, Caller(who))
        written: list[dict[str, object]] = []
        for one in rendered.texts:
            path = _beside(output, one.language if len(rendered.texts) > 1 else "")
            length = studio.preview(one, campaign_class, help_key, path)
            written.append({"language": one.language, "file": path, "seconds": length})
    return _tell_written(shell, written, rendered, as_json)


def _tell_written(
    shell: Shell,
    written: Sequence[dict[str, object]],
    rendered: Rendered,
    as_json: bool,
) -> None:
    """Tell which files there are, and what their author should know."""
    for notice in rendered.notices:
        shell.note("{notice}", notice=shell.refusal(notice, "notices"))
    if as_json:
        return shell.print_json({"files": written, "notices": rendered.notices})
    for file in written:
        shell.tell("Written: {path}", path=file["file"])
    return None


def _beside(output: Path, language: str) -> Path:
    """Return the file to write, with the language in its name where there are more."""
    name = f"{output.stem}-{language}{output.suffix}"
    return output.with_name(name) if language else output


def _tell_samples(shell: Shell, heard: Iterable[Sample], as_json: bool) -> None:
    """Tell of each voice what it wrote, or why it did not; code 1 where none did."""
    with shell.progress("Rendering the message …") as say:
        found = []
        for one in heard:
            found.append(one)
            say(f"{one.voice} ({one.language})")
    if as_json:
        shell.print_json([asdict(one) for one in found])
    else:
        for one in found:
            if one.file:
                shell.tell("Written: {path}", path=one.file)
            else:
                reason = shell.refusal(one.reason, "voice-unavailable")
                shell.note("{notice}", notice=reason)
    if not any(one.file for one in found):
        raise typer.Exit(1)
