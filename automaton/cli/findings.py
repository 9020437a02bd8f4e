"""What a check found: a subject, a verdict, a sentence, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum

from automaton.cli.shell import Shell


class Verdict(StrEnum):
    """How bad it is; only `fail` keeps a node from being ready."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a diagnosis, in the person's language; `check` names it in all."""

    check: str
    subject: str
    verdict: Verdict
    sentence: str
    advice: str = ""

    def line(self, shell: Shell) -> str:
        """Return it as a person reads it."""
        advice = f" → {self.advice}" if self.advice else ""
        verdicts = [shell.words(one.value) for one in Verdict]
        verdict = shell.words(self.verdict.value).ljust(max(map(len, verdicts)))
        sentence = f"{self.sentence}{advice}"
        told = shell.words("{name}: {value}", name=self.subject, value=sentence)
        return f"{verdict}  {told}"


def has_failed(findings: Iterable[Finding]) -> bool:
    """Tell whether anything is wrong that must be mended."""
    return any(finding.verdict is Verdict.FAIL for finding in findings)


def as_plain(findings: Iterable[Finding]) -> list[dict[str, object]]:
    """Return findings for a program."""
    return [asdict(finding) for finding in findings]


class Finder:
    """Writes findings about one subject in the language of the shell."""

    def __init__(self, shell: Shell, subject: str) -> None:
        self._shell = shell
        self._check = subject

    def ok(self, sentence: str, **values: object) -> Finding:
        """Return that all is well."""
        return self._with(Verdict.OK, sentence, "", values)

    def warn(self, sentence: str, advice: str = "", **values: object) -> Finding:
        """Return something to look at."""
        return self._with(Verdict.WARN, sentence, advice, values)

    def fail(self, sentence: str, advice: str = "", **values: object) -> Finding:
        """Return something that must be mended."""
        return self._with(Verdict.FAIL, sentence, advice, values)

    def _with(
        self, verdict: Verdict, sentence: str, advice: str, values: dict[str, object]
    ) -> Finding:
        words = self._shell.words
        told = words(advice, **values) if advice else ""
        subject = words(self._check)
        return Finding(self._check, subject, verdict, words(sentence, **values), told)
