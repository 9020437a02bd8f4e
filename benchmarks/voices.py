"""Every voice beside the others: `python -m benchmarks voices`.

Each reads a message of some 20 s in French and in English. Written are a WAV of each,
as the telephone plays it (benchmarks/results/voices), and the table in docs/voices.md.
It is a bench and no verb of the shell because it writes a page of this checkout; who
only wants to listen has `automaton message preview --voice all`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from automaton.settings import Settings, load
from automaton.voices.choice import voice_names
from automaton.voices.kokoro_files import files_of
from benchmarks.figures import RESULTS
from tests.voices.optional import piper_model

PAGE = Path(__file__).parents[1] / "docs" / "voices.md"
DEADLINE = "AUTOMATON__VOICES__DEADLINE"
PIPER_MODELS = "AUTOMATON__VOICES__PIPER_MODELS"
BEGIN, END = "<!-- table: voices -->", "<!-- end: voices -->"
LANGUAGES = ("fr", "en")
MEGABYTE = 1_000_000
HEADINGS = (
    "voice",
    "language",
    "licence",
    "on disk (MB)",
    "memory (MB)",
    "one word (s)",
    "a message (s)",
    "of speech (s)",
    "factor",
    "processor",
    "as spoken (LUFS)",
    "on the telephone (LUFS)",
    "peak (dBFS)",
)
LICENCES = {
    "espeak": "GPL-3.0-or-later, a program of its own",
    "gtts": "MIT; the sound is Google's",
    "kokoro": "Apache-2.0; French after SIWIS, CC BY 4.0",
    "pico": "Apache-2.0",
    "piper": "GPL-3.0-or-later, a program of its own; each model has its own licence",
}


@dataclass(frozen=True)
class Trial:
    """What came of one voice in one language; `reason` where it did not speak."""

    voice: str
    language: str
    figures: Mapping[str, float] = field(default_factory=dict)
    memory: float = 0.0
    reason: str = ""


def main(words: Sequence[str] = ()) -> int:
    parser = argparse.ArgumentParser("python -m benchmarks voices", description=__doc__)
    parser.add_argument("--output", type=Path, default=RESULTS / "voices")
    parser.add_argument("--page", type=Path, default=PAGE)
    asked = parser.parse_args(words)
    asked.output.mkdir(parents=True, exist_ok=True)
    if model := piper_model():
        os.environ.setdefault(PIPER_MODELS, f'{{ en = "{model}" }}')
    os.environ.setdefault(DEADLINE, "10 min")
    settings = load(None, os.environ).settings
    trials = []
    for name in voice_names():
        for language in LANGUAGES:
            trials.append(trial(name, language, asked.output))
            print(told(trials[-1]), flush=True)
    lines = table(trials, {name: size(name, settings) for name in voice_names()})
    lines += ["", f"{os.cpu_count()} processors, load {os.getloadavg()[1]:.1f}."]
    asked.page.write_text(with_table(asked.page.read_text("utf-8"), lines), "utf-8")
    print(f"WAV files in {asked.output}, the table in {asked.page}")
    return 0


def trial(name: str, language: str, output: Path) -> Trial:
    """Let one voice read in a process of its own, and ask what memory it took."""
    wav = output / f"{name}-{language}.wav"
    order = [sys.executable, "-m", "benchmarks.voice_trial", name, language, str(wav)]
    pipe = subprocess.PIPE
    with subprocess.Popen(order, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout
        assert process.stderr
        said, errors = process.stdout.read(), process.stderr.read()
        # The most of that process and of those that it waited for, in KiB.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        wav.unlink(missing_ok=True)
        return Trial(name, language, reason=(errors.splitlines() or ["it broke"])[-1])
    return Trial(name, language, json.loads(said), usage.ru_maxrss * 1024 / MEGABYTE)


def told(one: Trial) -> str:
    """Return a trial as one line for the terminal."""
    if one.reason:
        return f"{one.voice} {one.language}: {one.reason}"
    return f"{one.voice} {one.language}: " + ", ".join(
        f"{name} {value:.3g}" for name, value in one.figures.items()
    )


def table(trials: Sequence[Trial], sizes: Mapping[str, float]) -> list[str]:
    """Return the table of the page, one row for each voice and language."""
    lines = [f"| {' | '.join(HEADINGS)} |", f"|{' --- |' * len(HEADINGS)}"]
    for one in trials:
        head = [one.voice, one.language, LICENCES.get(one.voice, "?")]
        head.append(f"{sizes[one.voice]:.0f}" if sizes.get(one.voice) else "")
        rest = [""] * (len(HEADINGS) - len(head) - 1)
        cells = [_reason(one.reason), *rest] if one.reason else _cells(one)
        lines.append(f"| {' | '.join([*head, *cells])} |")
    return lines


def with_table(page: str, lines: Sequence[str]) -> str:
    """Return the page with the table between its two marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return "\n".join([f"{before}{BEGIN}", *lines, f"{END}{after}"])


def size(name: str, settings: Settings) -> float:
    """Return what a voice takes on the disk, in MB, with what it alone brings."""
    kokoro, own = files_of(settings), settings.voices.piper_models.values()
    parts: dict[str, Callable[[], int]] = {
        "pico": lambda: package("ttspico"),
        "espeak": lambda: sum(map(weight, Path("/usr/lib").glob("*/espeak-ng-data"))),
        "gtts": lambda: package("gtts"),
        "piper": lambda: package("piper-tts", "onnxruntime") + sum(map(weight, own)),
        "kokoro": lambda: (
            package("onnxruntime")
            + weight(kokoro.model)
            + sum(weight(kokoro.style(language)) for language in LANGUAGES)
        ),
    }
    return parts.get(name, int)() / MEGABYTE


def package(*names: str) -> int:
    """Return the bytes of installed packages; 0 for those that are not there."""
    total = 0
    for name in names:
        try:
            total += sum(weight(Path(str(file.locate()))) for file in files(name) or ())
        except PackageNotFoundError:
            continue
    return total


def weight(path: Path) -> int:
    """Return the bytes of a file, or of all files below a folder."""
    if path.is_dir():
        return sum(map(weight, path.iterdir()))
    return path.stat().st_size if path.is_file() else 0


def _reason(sentence: str) -> str:
    """Return why there are no figures, without the paths of this machine."""
    plain = sentence.replace("|", "/").replace(str(Path.home()), "~")
    return f"not measured here: {plain}"


def _cells(one: Trial) -> list[str]:
    seen = one.figures
    return [
        f"{one.memory:.0f}",
        f"{seen['word_s']:.2f}",
        f"{seen['message_s']:.2f}",
        f"{seen['speech_s']:.1f}",
        f"{seen['factor']:.3f}",
        f"{seen['processor']:.3f}",
        f"{seen['spoken_lufs']:.1f}",
        f"{seen['heard_lufs']:.1f}",
        f"{seen['heard_peak']:.1f}",
    ]
