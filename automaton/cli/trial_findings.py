"""What a test call says of a trunk: registration, call, codec, sound, key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from automaton.asterisk.checkup import Finding as Seen
from automaton.cli.diagnosis import UNFIT
from automaton.cli.findings import Finder, Finding
from automaton.cli.shell import Shell
from automaton.cli.trial import Trial
from automaton.settings import TrunkSettings

# The setting to look at, by the SIP code with which a call was refused.
TO_CHANGE = {
    401: "auth_user and auth_password, or the registration's user and password",
    403: "caller_ids, identity and from_user: the operator refuses this call",
    404: "number_format and prefixes: the operator does not know the number",
    407: "auth_user and auth_password, or the registration's user and password",
    408: "contact, transport and outbound_proxy: nobody answers there",
    415: "codec",
    484: "number_format: the number is not complete as it is written",
    428: "identity and caller_ids: the operator wants a proven caller",
    488: "codec",
    503: "lines and calls_per_second: the operator is full, or refuses",
    504: "contact and outbound_proxy",
    606: "codec",
}
NOT_A_SETTING = frozenset({480, 486, 487, 600, 603})


def findings_of(
    shell: Shell, trunk: TrunkSettings, seen: Seen, trial: Trial
) -> list[Finding]:
    """Return every finding of a test call, in the order of a call."""
    told = replace(seen, says=shell.refusal(seen.says, UNFIT))
    found = [_registration(Finder(shell, "registration"), told)]
    found.append(_call(Finder(shell, "call"), trial, trunk.name))
    if trial.answered:
        found += _heard(shell, trunk, trial)
    return found


def _registration(find: Finder, seen: Seen) -> Finding:
    say = find.ok if seen.is_good else find.fail
    return say("{seen}", seen=seen.says)


def _call(find: Finder, trial: Trial, name: str) -> Finding:
    if trial.answered:
        return find.ok("it rang and was answered" if trial.rang else "it was answered")
    if trial.refusal:
        return find.fail("{refusal}", refusal=trial.refusal)
    if trial.timed_out or trial.sip in NOT_A_SETTING:
        return find.fail(
            "nobody answered (SIP {sip})", "try again, and pick up", sip=trial.sip
        )
    advice = TO_CHANGE.get(trial.sip or 408, "ask the operator what it means")
    told = find.fail("it was refused (SIP {sip})", advice, sip=trial.sip or "–")
    return replace(told, advice=f"trunk.{name}: {told.advice}")


def _heard(shell: Shell, trunk: TrunkSettings, trial: Trial) -> Iterator[Finding]:
    yield _codec(Finder(shell, "codec"), trunk, trial)
    section = f"trunk.{trunk.name}"
    out, back = Finder(shell, "sound to the telephone"), Finder(shell, "sound back")
    if trial.sound.sent:
        yield out.ok("{count:packet|packets} sent", count=trial.sound.sent)
    else:
        yield out.fail(
            "none was sent", "{section}.codec and asterisk.rtp_start", section=section
        )
    if trial.sound.received:
        yield back.ok("{count:packet|packets} received", count=trial.sound.received)
    else:
        yield back.fail(
            "none came",
            "{section}.external_address and local_networks; let UDP from "
            "asterisk.rtp_start to rtp_end in",
            section=section,
        )
    yield _key(Finder(shell, "key"), trunk, trial)


def _codec(find: Finder, trunk: TrunkSettings, trial: Trial) -> Finding:
    used = trial.sound.codec.strip("()")
    if trunk.codec in used:
        return find.ok("{codec}", codec=used)
    return find.warn(
        "{codec}, not {wanted}: every call costs a conversion",
        "ask the operator for it, or change trunk.{name}.codec",
        codec=used or "?",
        wanted=trunk.codec,
        name=trunk.name,
    )


def _key(find: Finder, trunk: TrunkSettings, trial: Trial) -> Finding:
    if trial.key:
        return find.ok("key {key} was heard", key=trial.key)
    return find.fail(
        "no key was heard",
        "if you pressed 1: trunk.{name}.dtmf_mode (now {mode})",
        name=trunk.name,
        mode=trunk.dtmf_mode,
    )
