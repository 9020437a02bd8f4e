"""`automaton message`: listen to what will be said, before anybody is rung."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from automaton.cli.drafting import HelpKey, MachineTexts, Recordings, Subject, Texts
from automaton.cli.options import by_language
from automaton.cli.shell import AsJson, Shell, new_noun, shell_of
from automaton.domain.campaign import CampaignClass
from automaton.domain.message import RenderedText
from automaton.errors import RequestError
from automaton.services.messages import Caller, MessageWish, Studio
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
    if voice:
        by = voices_asked(voice, settings)
        asked = Comparison(wish, caller or settings.installation, by, output)
        return _tell_samples(shell, samples(settings, asked), as_json)
    studio = Studio(settings)
    with shell.bar("Rendering the message …") as told, studio.telling(told):
        rendered = studio.rendered(wish, Caller(caller or settings.installation))
        heard = partial(
            studio.preview, campaign_class=campaign_class, help_key=help_key
        )
        written = [
            {"language": text.language, "file": path, "seconds": heard(text, path=path)}
            for text, path in _files(rendered.texts, output)
        ]
    for notice in rendered.notices:
        shell.note("{notice}", notice=shell.refusal(notice, "notices"))
    if as_json:
        return shell.print_json({"files": written, "notices": rendered.notices})
    for file in written:
        shell.tell("Written: {path}", path=file["file"])
    return None


def _files(
    texts: Sequence[RenderedText], output: Path
) -> Iterator[tuple[RenderedText, Path]]:
    """Yield each language with its file: the one that was named, if there is one."""
    for text in texts:
        name = f"{output.stem}-{text.language}{output.suffix}"
        yield text, output.with_name(name) if len(texts) > 1 else output


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
