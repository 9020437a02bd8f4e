from __future__ import annotations

import re

from automaton.asterisk.render import DIALPLAN_VERSION
from benchmarks.plain import PLAIN


def test_the_plain_dialplan_serves_the_version_of_today() -> None:
    text = PLAIN.read_text("utf-8")
    assert f"[automaton-version]\nexten => {DIALPLAN_VERSION},1,Hangup()\n" in text


def test_the_plain_dialplan_tells_what_the_daemon_waits_for() -> None:
    text = PLAIN.read_text("utf-8")
    assert re.findall(r"Fact: (\w+)", text) == ["key", "done"]
    assert "Set(DB(automaton/${AUT_ATTEMPT}/1)=1|@NODE@|" in text


def test_the_daemon_finds_the_sounds_where_it_put_them() -> None:
    wanted = "[automaton-order]\nexten => s,1,Set(AUT_PROMPTS=@PROMPTS@)\n"
    assert wanted in PLAIN.read_text("utf-8")
