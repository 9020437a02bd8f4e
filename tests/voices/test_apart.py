"""A heavy voice's process: its deadline, its end, its reasons."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from automaton.voices.apart import NICE, UNFIT, said_apart
from automaton.voices.voice import VoiceUnavailableError

SLEEPS = "import time; time.sleep(600)"
TELLS_NICE = "import os, sys; sys.stdin.read(); print(os.nice(0), os.getpid())"


def said(program: str, text: bytes = b"", deadline: float = 30) -> bytes:
    return said_apart("heavy", [sys.executable, "-c", program], text, deadline)


def test_it_answers_what_the_process_writes_and_the_process_is_gone() -> None:
    nice, pid = map(int, said(TELLS_NICE).split())
    assert nice == min(os.nice(0) + NICE, 19)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


def test_the_text_is_given_on_standard_input() -> None:
    assert said("print(input().upper())", b"crue\n") == b"CRUE\n"


def test_a_process_that_does_not_answer_is_ended_at_the_deadline(
    tmp_path: Path,
) -> None:
    mark = tmp_path / "pid"
    notes = f"import os; open({str(mark)!r}, 'w').write(str(os.getpid()))"
    with pytest.raises(VoiceUnavailableError, match=r"not spoken within 4 s"):
        said(f"{notes}; {SLEEPS}", deadline=4.0)
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


def test_who_waits_for_its_turn_waits_no_longer_than_the_deadline() -> None:
    with ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(said, SLEEPS, b"", 0.4) for _ in range(2)]
        for one in asked:
            with pytest.raises(VoiceUnavailableError, match="not spoken within"):
                one.result()


def test_the_last_line_of_an_unfit_process_is_the_reason() -> None:
    tells = (
        f"import sys; print('first\\nno model.', file=sys.stderr); sys.exit({UNFIT})"
    )
    with pytest.raises(VoiceUnavailableError, match=r"unavailable: no model\.$"):
        said(tells)


@pytest.mark.parametrize("program", ["raise SystemExit(3)", "import nothing_at_all"])
def test_a_process_that_breaks_is_told_without_its_traceback(program: str) -> None:
    with pytest.raises(VoiceUnavailableError, match=r"its process failed \(\d\)"):
        said(program)


def test_a_program_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(VoiceUnavailableError, match="/no/such cannot be started"):
        said_apart("heavy", ["/no/such"], b"", 5)
