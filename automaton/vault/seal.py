"""Encryption to public keys, and back with a secret one: the tool `age`, streaming.

The secret keys are never on the node that writes.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from automaton.errors import LineError, RequestError
from automaton.vault.tools import told, tool


@contextmanager
def sealed(file: Path, recipients: Sequence[str]) -> Iterator[IO[bytes]]:
    """Give a stream whose bytes are written encrypted into a new file.

    The file is on the disk when the block is left; after an error it is gone.
    `LineError` where the tool fails.
    """
    order = [tool("age"), "--encrypt"]
    for key in recipients:
        order += ["--recipient", key]
    with file.open("xb") as into, tempfile.TemporaryFile() as said:
        os.fchmod(into.fileno(), 0o600)
        try:
            yield from _piped(order, into, said)
        except BaseException:
            file.unlink(missing_ok=True)
            raise
        os.fsync(into.fileno())


def _piped(
    order: Sequence[str], into: IO[bytes], said: IO[bytes]
) -> Iterator[IO[bytes]]:
    process = subprocess.Popen(order, stdin=subprocess.PIPE, stdout=into, stderr=said)
    assert process.stdin is not None
    try:
        yield process.stdin
        process.stdin.close()
    except BrokenPipeError as error:
        raise _not_encrypted(said) from error
    finally:
        if not process.stdin.closed:
            process.kill()
            _let_go(process.stdin)
        code = process.wait()
    if code != 0:
        raise _not_encrypted(said)


def _let_go(stream: IO[bytes]) -> None:
    """Close a pipe that nobody reads any more; what is in it is lost, as it should."""
    with suppress(BrokenPipeError):
        stream.close()


def _not_encrypted(said: IO[bytes]) -> LineError:
    said.seek(0)
    return LineError(
        f"The backup could not be encrypted: {told(said.read())}",
        error_id="backup-encryption",
    )


@contextmanager
def opened(file: Path, identity: Path) -> Iterator[IO[bytes]]:
    """Give the bytes of an encrypted file, decrypted with a secret key.

    Leaving the block before the end is an error of the caller's, and ends the tool.
    `RequestError` where the key does not fit or the file was changed.
    """
    order = [tool("age"), "--decrypt", "--identity", str(identity), str(file)]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(order, stdout=subprocess.PIPE, stderr=said)
        assert process.stdout is not None
        try:
            yield process.stdout
            process.stdout.read()  # tar ends before its last blocks do
        except BaseException:
            process.kill()
            if process.wait() > 0:
                raise _not_opened(said) from None
            raise
        finally:
            process.stdout.close()
            code = process.wait()
        if code != 0:
            raise _not_opened(said)


def _not_opened(said: IO[bytes]) -> RequestError:
    said.seek(0)
    return RequestError(
        f"The backup cannot be decrypted: {told(said.read())}",
        error_id="backup-decryption",
    )
