"""Asks whether anything in requirements.lock has a known vulnerability; `make check`.

What is found and not accepted in vulnerabilities.toml fails. Without the network, or
where the service does not know our packages, it says so loudly, with the age of the
last check, and passes: a commune's machine has to build without the world.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
ACCEPTED = ROOT / ".ci" / "vulnerabilities.toml"
LONGEST = 25  # seconds that a check may take
FRESH = timedelta(hours=12)
YEAR = timedelta(days=366)
EXIT_WRONG_LIST = 2


@dataclass(frozen=True)
class Found:
    """One known vulnerability of a package that we pin."""

    package: str
    version: str
    id: str
    aliases: tuple[str, ...]
    fixed_in: tuple[str, ...]

    def line(self) -> str:
        """Return it as a person reads it."""
        better = ", ".join(self.fixed_in) or "no release yet"
        names = " ".join((self.id, *self.aliases))
        return f"{self.package} {self.version}: {names} (mended in: {better})"


class NotCheckedError(Exception):
    """Nobody could say: no network, no service, or no tool."""


def main() -> int:
    """Check, say what was found, and return the exit code."""
    memory = cache() / "vulnerabilities.json"
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    now = datetime.now(UTC)
    try:
        accepted = read_accepted(ACCEPTED.read_text("utf-8"), now.date())
        if (last := remembered(memory)) and last[1] == digest and now - last[0] < FRESH:
            print(f"vulnerabilities: none known, checked {age(last[0], now)} ago")
            return 0
        found = [one for one in asked() if not is_accepted(one, accepted)]
    except ValueError as error:
        print(f"vulnerabilities.toml: {error}", file=sys.stderr)
        return EXIT_WRONG_LIST
    except NotCheckedError as error:
        last = remembered(memory)
        when = f"{age(last[0], now)} ago" if last else "never on this machine"
        print(f"!!! VULNERABILITIES NOT CHECKED: {error} !!!", file=sys.stderr)
        print(f"!!! Last checked: {when}.", file=sys.stderr)
        return 0
    for one in found:
        print(f"VULNERABLE {one.line()}", file=sys.stderr)
    if found:
        return 1
    memory.parent.mkdir(parents=True, exist_ok=True)
    memory.write_text(json.dumps({"at": now.isoformat(), "lock": digest}), "utf-8")
    print("vulnerabilities: none known, checked now")
    return 0


def asked() -> list[Found]:
    """Ask the package index about every pin; `NotCheckedError` where it cannot say."""
    order = [ROOT / ".venv/bin/pip-audit", "--requirement", LOCK, "--require-hashes"]
    order += ["--disable-pip", "--format", "json", "--progress-spinner", "off"]
    order += ["--timeout", "5", "--cache-dir", cache() / "pip-audit"]
    try:
        done = subprocess.run(
            [str(word) for word in order],
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise NotCheckedError("pip-audit is not installed") from None
    except subprocess.TimeoutExpired:
        raise NotCheckedError(f"no answer within {LONGEST} s") from None
    try:
        told = json.loads(done.stdout)
    except ValueError:
        said = done.stderr.strip().splitlines() or ["no answer"]
        raise NotCheckedError(said[-1][:200]) from None
    return read_answer(told)


def read_answer(told: dict[str, Any]) -> list[Found]:
    """Return what was found; `NotCheckedError` where a package was not looked up."""
    skipped = [one["name"] for one in told["dependencies"] if "skip_reason" in one]
    found = [
        Found(
            one["name"],
            one["version"],
            vulnerability["id"],
            tuple(vulnerability.get("aliases", ())),
            tuple(vulnerability.get("fix_versions", ())),
        )
        for one in told["dependencies"]
        for vulnerability in one.get("vulns", ())
    ]
    if not found and (skipped or not told["dependencies"]):
        names = ", ".join(skipped[:3]) or "everything"
        raise NotCheckedError(f"the service knows nothing of {len(skipped)}: {names} …")
    return found


def read_accepted(text: str, today: date) -> list[dict[str, Any]]:
    """Return what is accepted and not out of date; `ValueError` where words lack."""
    accepted = tomllib.loads(text)["accepted"]
    for one in accepted:
        if not all(one.get(key) for key in ("id", "package", "reason")):
            raise ValueError("each accepted entry needs id, package, reason and until")
        if not isinstance(one.get("until"), date) or one["until"] - today > YEAR:
            raise ValueError(f"{one['id']}: until is a date within a year")
    return [one for one in accepted if one["until"] >= today]


def is_accepted(found: Found, accepted: list[dict[str, Any]]) -> bool:
    """Tell whether somebody looked at it and wrote down why it does not concern us."""
    names = {found.id, *found.aliases}
    return any(
        one["package"] == found.package and one["id"] in names for one in accepted
    )


def cache() -> Path:
    """Return the cache folder of this product."""
    above = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("AUTOMATON_CACHE") or Path(above) / "automaton")


def remembered(memory: Path) -> tuple[datetime, str] | None:
    """Return when the last whole check was, and of which lock."""
    try:
        told = json.loads(memory.read_text("utf-8"))
        return datetime.fromisoformat(told["at"]), told["lock"]
    except (OSError, ValueError, KeyError):
        return None


def age(then: datetime, now: datetime) -> str:
    """Return how long ago, in days or hours."""
    hours = int((now - then).total_seconds() // 3600)
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hours"


if __name__ == "__main__":
    sys.exit(main())
