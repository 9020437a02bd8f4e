"""What we are built from: the bill of materials, and the look for vulnerabilities."""

import json
import sys
from datetime import UTC, date, datetime, timedelta
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
TODAY = date(2026, 6, 1)
ENTRY = (
    '[[accepted]]\nid = "CVE-1"\npackage = "jinja2"\nreason = "unused"\nuntil = {}\n'
)
CLEAN = {"name": "rich", "version": "14.0", "vulns": []}
HOLE = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["3.1.9"]}
BROKEN = {"name": "jinja2", "version": "3.1.2", "vulns": [HOLE]}
SKIPPED = {"name": "x", "skip_reason": "Dependency not found"}


def tool(name: str) -> ModuleType:
    spec = spec_from_file_location(f"ci_{name}", ROOT / ".ci" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("AUTOMATON_CACHE", str(tmp_path))
    found = tool("vulnerabilities")
    found.ACCEPTED = tmp_path / "accepted.toml"
    found.ACCEPTED.write_text("accepted = []", "utf-8")
    return found


def answers(check: ModuleType, *packages: dict[str, Any]) -> None:
    check.asked = lambda: check.read_answer({"dependencies": list(packages)})


def test_a_known_vulnerability_fails_and_is_named(
    check: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(check, CLEAN, BROKEN)
    assert check.main() == 1
    told = capsys.readouterr().err
    assert "VULNERABLE jinja2 3.1.2: PYSEC-1 CVE-1 (mended in: 3.1.9)" in told


def test_what_was_looked_at_passes_until_its_date(check: ModuleType) -> None:
    answers(check, BROKEN)
    soon = datetime.now(UTC).date() + timedelta(days=30)
    check.ACCEPTED.write_text(ENTRY.format(soon), "utf-8")
    assert check.main() == 0
    assert check.read_accepted(ENTRY.format("2026-05-31"), TODAY) == []
    assert len(check.read_accepted(ENTRY.format("2026-06-01"), TODAY)) == 1


@pytest.mark.parametrize(
    "text",
    [
        ENTRY.format("2027-12-01"),
        ENTRY.format('"soon"'),
        ENTRY.format("2026-07-01").replace("unused", ""),
    ],
)
def test_an_acceptance_without_reason_or_end_is_refused(
    check: ModuleType, text: str
) -> None:
    with pytest.raises(ValueError, match="until"):
        check.read_accepted(text, TODAY)


def test_without_an_answer_it_says_loudly_that_nothing_was_checked(
    check: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(check, SKIPPED, CLEAN)
    assert check.main() == 0
    told = capsys.readouterr().err
    assert "NOT CHECKED" in told
    assert "never on this machine" in told

    memory = check.cache() / "vulnerabilities.json"
    then = datetime.now(UTC) - timedelta(days=12)
    memory.write_text(json.dumps({"at": then.isoformat(), "lock": "x"}), "utf-8")
    assert check.main() == 0
    assert "12 days ago" in capsys.readouterr().err


def test_a_check_is_remembered_for_this_lock_and_some_hours(
    check: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(check, CLEAN)
    assert check.main() == 0
    answers(check, BROKEN)
    assert check.main() == 0
    assert "0 hours ago" in capsys.readouterr().out
    check.FRESH = timedelta(0)
    assert check.main() == 1


def test_a_vulnerability_counts_though_others_were_not_looked_up(
    check: ModuleType,
) -> None:
    assert len(check.read_answer({"dependencies": [SKIPPED, BROKEN]})) == 1


def test_the_real_list_of_what_is_accepted_can_be_read(check: ModuleType) -> None:
    text = (ROOT / ".ci" / "vulnerabilities.toml").read_text("utf-8")
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    accepted = check.read_accepted(text, datetime.now(UTC).date())
    assert [one for one in accepted if f"{one['package']}==" not in lock] == []


def test_the_bill_lists_every_pin_with_its_hashes_and_is_reproducible() -> None:
    sbom = tool("sbom")
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    found = list(sbom.python_packages(lock))
    pins = [line for line in lock.splitlines() if sbom.PIN.match(line)]
    assert len(found) == len(pins) > 30
    assert all(one["externalReferences"][0]["hashes"] for one in found)
    parts = [*found, *sbom.debian_packages(), *sbom.asterisk_parts()]
    again = [*sbom.asterisk_parts(), *sbom.debian_packages(), *found]
    assert sbom.bill(parts) == sbom.bill(again)
    refs = [one["bom-ref"] for one in parts]
    assert len(refs) == len(set(refs))
    assert "pkg:deb/debian/asterisk?distro=forky" in refs
    changed = sbom.bill(found[1:])
    assert changed["serialNumber"] != sbom.bill(found)["serialNumber"]
