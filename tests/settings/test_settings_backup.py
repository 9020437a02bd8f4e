"""The section [backup]: public keys in, secret ones refused without being shown."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from automaton.errors import ConfigurationError
from automaton.settings import load

AGE = "age1" + "q" * 58
SSH = "ssh-ed25519 " + "A" * 68 + " night@rivemer"


def loaded(tmp_path: Path, text: str):
    file = tmp_path / "automaton.toml"
    file.write_text(f"[backup]\n{text}\n", "utf-8")
    return load(file, {}).settings.backup


def test_keys_and_places_are_read(tmp_path):
    backup = loaded(
        tmp_path,
        f'recipients = ["{AGE}", "{SSH}"]\nfolder = "there"\n'
        'sftp = "sftp://night@safe.example.org:2222/backups"\nat = 08:30:00',
    )
    assert backup.folder == tmp_path / "there"
    assert backup.at == time(8, 30)
    assert backup.is_daily


def test_without_a_place_there_is_no_daily_backup(tmp_path):
    assert not loaded(tmp_path, f'recipients = ["{AGE}"]').is_daily
    assert not loaded(tmp_path, 'at = "07:15"').is_daily


def test_a_secret_key_is_refused_and_not_repeated(tmp_path):
    secret = "AGE-SECRET-KEY-1" + "Q" * 58
    with pytest.raises(ConfigurationError, match="keep it off this node") as refused:
        loaded(tmp_path, f'recipients = ["{secret}"]\nfolder = "there"')
    assert "QQQ" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('recipients = ["me"]', "is no public key"),
        ('folder = "there"', "has a place but no recipients"),
        (f'recipients = ["{AGE}"]\nsftp = "safe.example.org:/b"', "is no address"),
        (f'recipients = ["{AGE}"]\nsftp = "sftp://-oX=y@h/b"', "is no address"),
        (f'recipients = ["{AGE}"]\nsftp = "sftp://a@-h/b"', "is no address"),
        (f'recipients = ["{AGE}"]\nsftp = "sftp://a@h/b c"', "is no address"),
        ('at = "25:00"', "is no time of day"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, text, told):
    with pytest.raises(ConfigurationError, match=told):
        loaded(tmp_path, text)
