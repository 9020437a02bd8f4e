"""Signatures over encrypted files: OpenSSH's own (`ssh-keygen -Y`), one key a node.

What is signed is the encrypted file, so that a flipped bit is noticed without any
decrypting key.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from automaton.errors import LineError, RequestError
from automaton.private import make_private_folder
from automaton.vault.tools import run, tool

NAMESPACE = "automaton-backup"
SUFFIX = ".sig"
NODE = "node"
_PUBLIC = re.compile(r"ssh-ed25519 [A-Za-z0-9+/]+={0,2}")


def signature_of(file: Path) -> Path:
    """Return where the signature of a file is."""
    return file.with_name(file.name + SUFFIX)


def public_key(key: Path) -> str:
    """Return the public half of the node's signing key, which is made at first use."""
    if not key.exists():
        make_private_folder(key.parent)
        order = [tool("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", NODE]
        done, said = run([*order, "-f", key])
        if not done and not key.exists():
            raise LineError(
                f"No key to sign backups with could be made: {said}",
                error_id="backup-signing",
            )
    _, said = run([tool("ssh-keygen"), "-y", "-f", key])
    return public_key_in(said)


def public_key_in(text: str) -> str:
    """Return the public key in a text; `RequestError` where there is none."""
    found = _PUBLIC.search(text)
    if found is None:
        raise RequestError(
            "That is no public key of a node: it begins with ssh-ed25519.",
            error_id="backup-signer",
        )
    return found[0]


def sign(file: Path, key: Path) -> Path:
    """Write the signature of a file beside it and return where."""
    public_key(key)
    order = [tool("ssh-keygen"), "-q", "-Y", "sign", "-n", NAMESPACE, "-f"]
    done, said = run([*order, key, file])
    if not done:
        raise LineError(
            f"The backup could not be signed: {said}", error_id="backup-signing"
        )
    made = signature_of(file)
    made.chmod(0o600)
    with made.open("rb") as written:
        os.fsync(written.fileno())
    return made


def check(file: Path, signers: Sequence[str]) -> None:
    """Raise `RequestError` unless one of these keys has signed this very file."""
    signature = signature_of(file)
    if not signature.exists():
        raise RequestError(
            f"There is no signature {signature.name} beside the backup.",
            error_id="backup-unsigned",
        )
    order = [tool("ssh-keygen"), "-Y", "verify", "-I", NODE, "-n", NAMESPACE]
    with tempfile.NamedTemporaryFile("w", suffix=".signers") as known:
        known.writelines(f"{NODE} {key}\n" for key in signers)
        known.flush()
        with file.open("rb") as content:
            done, said = run([*order, "-f", known.name, "-s", signature], content)
    if not done:
        raise RequestError(
            f"{file.name} is not as it was signed, or another node signed it: {said}",
            error_id="backup-changed",
        )
