"""The way in and out of the shell: arguments in, an exit code out, no traceback."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Sequence

from automaton.cli.tree import command
from automaton.cli.words import said, spoken_here, with_language_first
from automaton.errors import DISK_FAILS, AutomatonError
from automaton.refusals import refused_in_french

WORLD, PERSON, INTERRUPTED = 1, 2, 130
TRACEBACK = "AUTOMATON_TRACEBACK"
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


def main() -> None:
    """Run the command line of this process and end it with its exit code.

    0 done · 1 the world outside failed · 2 the person's fault · 130 interrupted.
    """
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Carry out one command line and return its exit code."""
    arguments = with_language_first(arguments)
    try:
        return _invoke(arguments)
    except BrokenPipeError:
        _drop_output()
        return WORLD
    except KeyboardInterrupt:
        return INTERRUPTED
    except AutomatonError as error:
        return _complain(_refusal(error, arguments), error.exit_code)
    except OSError as error:
        return _complain(_failure(error, arguments), _blamed(error))
    except Exception as error:  # noqa: BLE001 - the last door: said in one sentence
        return _complain(_unexpected(error, arguments), WORLD)


def _invoke(arguments: Sequence[str]) -> int:
    spoken = command(spoken_here(arguments, os.environ))
    try:
        spoken.main(list(arguments), prog_name="automaton")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _complain(sentence: str, code: int) -> int:
    sys.stderr.write(f"automaton: {sentence}\n")
    return code


def _refusal(error: AutomatonError, arguments: Sequence[str]) -> str:
    """Return what an error says, in the person's language."""
    return _spoken(str(error), error.error_id, arguments)


def _failure(error: OSError, arguments: Sequence[str]) -> str:
    """Return what the system says of a file, or of anything else."""
    if error.errno in NO_ROOM and not error.filename:
        told = "A disk is full: make room; `automaton doctor` says where."
        return _spoken(told, "disk-full", arguments)
    place = f"{error.filename}: " if error.filename else ""
    return _spoken(f"{place}{error.strerror or error}.", "file", arguments)


def _blamed(error: OSError) -> int:
    """Return whose fault it is: a file that cannot be used is there for people."""
    return PERSON if error.filename and error.errno not in DISK_FAILS else WORLD


def _spoken(sentence: str, error_id: str, arguments: Sequence[str]) -> str:
    if spoken_here(arguments, os.environ) == "en":
        return sentence
    return refused_in_french(sentence, error_id)


def _unexpected(error: Exception, arguments: Sequence[str]) -> str:
    """Return one sentence for a fault of the program, and how to see where it is."""
    if os.environ.get(TRACEBACK):
        traceback.print_exception(error)
    text = said(
        "An unexpected fault ({fault}); {variable}=1 shows where it is.",
        spoken_here(arguments, os.environ),
    )
    fault = f"{type(error).__name__}: {error}".splitlines()[0]
    return text.format(fault=fault, variable=TRACEBACK)


def _drop_output() -> None:
    """Let nothing be flushed into a pipe whose reader has left."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
