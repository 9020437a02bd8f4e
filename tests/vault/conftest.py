"""Keys of people who may read backups, and places to put them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from automaton.vault.places import FolderPlace, Place
from automaton.vault.sftp import SftpPlace

SFTP_SERVER = Path("/usr/lib/openssh/sftp-server")


@dataclass(frozen=True)
class Keys:
    """A pair: the secret one never lies on a node."""

    secret: Path
    public: str


def make_keys(folder: Path) -> Keys:
    """Make a pair as the guide says: with age's own tool."""
    secret = folder / "identity.txt"
    done = subprocess.run(
        ["age-keygen", "-o", secret], check=True, capture_output=True, text=True
    )
    return Keys(secret, done.stderr.split()[-1])


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return make_keys(tmp_path)


def sftp_place(tmp_path: Path, *server: str) -> SftpPlace:
    """A place behind a real sftp and sftp-server, without the network between them."""
    ssh = tmp_path / "ssh"
    ssh.write_text(f"#!/bin/sh\nexec {SFTP_SERVER} {' '.join(server)}\n", "utf-8")
    ssh.chmod(0o755)
    folder = tmp_path / "there"
    address = f"sftp://night@backup.example.org:2222{folder}"
    return SftpPlace(address, more=("-S", str(ssh)))


@pytest.fixture(params=["folder", "sftp"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        return FolderPlace(tmp_path / "there")
    return sftp_place(tmp_path)
