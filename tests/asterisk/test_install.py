"""Getting an Asterisk: fetched whole or not at all, and only once."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from automaton.asterisk import install as room
from automaton.asterisk.install import Installation, find, install
from automaton.errors import ConfigurationError, LineError

SYSTEM_TOOLS = (
    "sh",
    "tar",
    "cat",
    "env",
    "mkdir",
    "ln",
    "printf",
    "chmod",
    "rm",
    "dirname",
    "sleep",
)

MMDEBSTRAP = """#!/bin/sh
# stands in for mmdebstrap: a small tree, and a record of how it was called
echo "$@" >> "{log}"
{trouble}
for last; do :; done
tree="$last.tree"
lib="$tree/usr/lib/x86_64-linux-gnu"
mkdir -p "$lib/asterisk/modules" "$tree/usr/sbin" "$tree/usr/share/asterisk" "$tree/dev"
printf '#!/bin/sh\\nshift 2\\nexec "$@"\\n' > "$lib/ld-linux-x86-64.so.2"
printf '#!/bin/sh\\necho Asterisk 22.10.1-fake\\n' > "$tree/usr/sbin/asterisk"
chmod +x "$lib/ld-linux-x86-64.so.2" "$tree/usr/sbin/asterisk"
tar -cf "$last" -C "$tree" ./dev ./usr
rm -r "$tree"
"""
LAPSED = (
    'case "$*" in *Check-Valid*) ;; *) echo "E: Release is expired" >&2; exit 1;; esac'
)
REFUSED = 'echo "E: no such suite" >&2; exit 1'


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A PATH with the few tools wanted and a stand-in for mmdebstrap."""
    folder, log = tmp_path / "bin", tmp_path / "calls"
    folder.mkdir()
    for tool in SYSTEM_TOOLS:
        real = next(
            Path(p, tool) for p in ("/bin", "/usr/bin") if Path(p, tool).exists()
        )
        (folder / tool).symlink_to(real)
    (folder / "newuidmap").symlink_to("/bin/true")
    monkeypatch.setenv("PATH", str(folder))

    def put(trouble: str = ":") -> Path:
        script = folder / "mmdebstrap"
        script.write_text(MMDEBSTRAP.format(log=log, trouble=trouble))
        script.chmod(0o755)
        return log

    return put


def test_first_call_fetches_and_the_second_costs_nothing(fake, tmp_path):
    log, said = fake(), []
    cache = tmp_path / "cache"
    found = install(cache, said.append)
    assert found.version == "22.10.1-fake"
    assert install(cache, said.append) == found
    assert len(log.read_text().splitlines()) == 1
    assert "Asterisk 22.10.1-fake" in said[-1]
    assert sorted(p.name for p in cache.iterdir()) == [
        ".asterisk.lock",
        "asterisk-forky",
    ]
    assert not (found.root / "dev").exists()


def test_two_at_once_fetch_once(fake, tmp_path):
    log = fake()
    threads = [
        threading.Thread(target=install, args=(tmp_path / "c",)) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(log.read_text().splitlines()) == 1


def test_lapsed_archive_is_fetched_all_the_same(fake, tmp_path):
    log = fake(LAPSED)
    install(tmp_path / "cache")
    first, second = log.read_text().splitlines()
    assert "Check-Valid-Until" not in first
    assert "Check-Valid-Until" in second


def test_failed_fetch_leaves_nothing_and_says_why(fake, tmp_path):
    fake(REFUSED)
    with pytest.raises(LineError, match="no such suite"):
        install(tmp_path / "cache")
    assert [p.name for p in (tmp_path / "cache").iterdir()] == [".asterisk.lock"]


def test_missing_tool_is_named_with_the_command(fake, tmp_path):
    with pytest.raises(ConfigurationError, match="apt-get install mmdebstrap"):
        install(tmp_path / "cache")


def test_broken_tree_is_said_and_not_used(fake, tmp_path):
    fake()
    found = install(tmp_path / "cache")
    found.module_dir.rmdir()
    with pytest.raises(ConfigurationError, match="not whole"):
        install(tmp_path / "cache")
    found.module_dir.mkdir()
    found.binary.write_text("#!/bin/sh\necho no >&2\n")
    with pytest.raises(ConfigurationError, match="does not say its version: no"):
        install(tmp_path / "cache")


def test_fetch_that_never_ends_is_given_up(fake, tmp_path, monkeypatch):
    fake("sleep 30")
    monkeypatch.setattr(room, "FETCH_SECONDS", 0.1)
    with pytest.raises(LineError, match="try again"):
        install(tmp_path / "cache")


def test_nothing_is_found_in_an_empty_cache(fake, tmp_path):
    assert find(tmp_path) is None


def test_given_binary_that_is_missing_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match=r"asterisk\.binary"):
        install(tmp_path, binary=tmp_path / "asterisk")


def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, manual: str) -> Path:
    """An Asterisk installed by other means, whose manual says this."""
    binary = tmp_path / "asterisk"
    binary.write_text("#!/bin/sh\necho Asterisk 22.11.0\n")
    binary.chmod(0o755)
    (tmp_path / "data/documentation").mkdir(parents=True)
    (tmp_path / "data/documentation/core-en_US.xml").write_text(manual)
    (tmp_path / "modules").mkdir()
    monkeypatch.setattr(room, "SYSTEM_DATA", (str(tmp_path / "data"),))
    monkeypatch.setattr(room, "SYSTEM_MODULES", (str(tmp_path / "modules"),))
    return binary


def test_asterisk_of_the_system_is_used_where_its_hangup_has_techcause(
    tmp_path, monkeypatch
):
    binary = system(tmp_path, monkeypatch, '<parameter name="TechCause">')
    found = install(tmp_path / "cache", binary=binary)
    assert found.version == "22.11.0"
    assert found.command(Path("/a.conf")) == [str(binary), "-f", "-C", "/a.conf"]


def test_asterisk_without_techcause_is_refused_and_passed_over(tmp_path, monkeypatch):
    binary = system(tmp_path, monkeypatch, "nothing of the kind")
    with pytest.raises(ConfigurationError, match="TechCause"):
        install(tmp_path / "cache", binary=binary)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find(tmp_path / "cache") is None


@pytest.mark.asterisk
def test_fetched_asterisk_is_whole(installation: Installation):
    assert os.access(installation.binary, os.X_OK)
    assert (installation.module_dir / "chan_pjsip.so").exists()
    assert room.reports_tech_cause(installation.data_dir)
    assert installation.version.startswith("2")
