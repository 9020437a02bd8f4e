"""`publiccode.yml` says what the standard asks for, and what is true of the program.

Only the lines at the left and those one step to the right are read: that needs no
library for YAML, and the file stays as plain as this.
"""

import re
from pathlib import Path

import pytest

from automaton.asterisk.checkup import OLDEST

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "publiccode.yml").read_text("utf-8")
# The keys that publiccode.yml 0.4 requires, and what may stand there.
REQUIRED = {
    "publiccodeYmlVersion": r'"0\.\d"',
    "name": r"\w.*",
    "url": r'"https://\S+\.git"',
    "platforms": r"- linux",
    "developmentStatus": r"concept|development|beta|stable|obsolete",
    "softwareType": r'"standalone/backend"',
    "description": r"\w+:.*",
    "legal": r"license: EUPL-1\.2",
    "maintenance": r"type: (internal|contract|community|none)",
    "localisation": r"localisationReady: (true|false)",
}
LONGEST_SHORT_DESCRIPTION = 150
LONG_DESCRIPTION = range(150, 10_000)


def value_of(key: str) -> str:
    """Return what stands at a key of the top, or in the first line below it."""
    found = re.search(rf"^{key}:[ ]*\n?\s*(.+)$", TEXT, re.M)
    return found[1] if found else ""


@pytest.mark.parametrize("key", REQUIRED)
def test_what_the_standard_requires_is_there(key: str) -> None:
    assert re.fullmatch(REQUIRED[key], value_of(key)), value_of(key)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_descriptions_are_as_long_as_they_may_be(language: str) -> None:
    part = TEXT.partition(f"\n  {language}:\n")[2]
    short = re.search(r"shortDescription: (.+)", part)
    long = re.search(r"longDescription: >\n((?: {6}.+\n)+)", part)
    assert short
    assert long
    assert len(short[1]) <= LONGEST_SHORT_DESCRIPTION
    assert len(" ".join(long[1].split())) in LONG_DESCRIPTION
    assert "features:\n      - " in part


def test_a_community_has_contacts() -> None:
    assert re.search(r"^  contacts:\n    - name: \w", TEXT, re.M)


def test_the_oldest_asterisk_is_the_one_that_is_checked_for() -> None:
    # The catalogue promised 22.7, which the program refuses.
    told = re.search(r'name: Asterisk\n\s+versionMin: "(\d+)\.(\d+)"', TEXT)
    assert told
    assert (int(told[1]), int(told[2])) == OLDEST


def test_no_release_has_a_date_before_it_is_released() -> None:
    unreleased = "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert unreleased != ("releaseDate:" in TEXT)


def test_a_placeholder_is_called_one() -> None:
    limits = (ROOT / "README.md").read_text("utf-8").partition("## Limits")[2]
    assert "example.org" not in TEXT or "is a placeholder" in limits


def test_readme_and_changelog_know_the_same_limits() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    limits = readme.partition("## Limits\n")[2].partition("\nSecurity:")[0].strip()
    assert limits
    assert limits in changelog.partition("### Known limits\n")[2]
