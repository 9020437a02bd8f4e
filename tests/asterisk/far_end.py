"""The far end: an Asterisk that plays telephones, its few files written by hand.

It shares no template with the product, so that it can contradict it.
"""

from __future__ import annotations

from pathlib import Path

from automaton.asterisk.install import Installation
from tests.asterisk import sounds

MODULES = (
    "res_timing_timerfd res_sorcery_config res_sorcery_memory res_sorcery_astdb",
    "pbx_config res_rtp_asterisk codec_alaw codec_ulaw format_pcm res_pjproject",
    "res_pjsip res_pjsip_session res_pjsip_sdp_rtp res_pjsip_pubsub chan_pjsip",
    "res_pjsip_nat res_pjsip_endpoint_identifier_ip app_playback app_senddtmf",
    "app_record app_read func_channel func_logic",
)

PRESSES_1_EARLY = "0199000001"
PRESSES_1_IN_OPENING = "0199000002"
PRESSES_1_AT_ONCE = "0199000003"
WRONG_THEN_1 = "0199000004"
HEARS_AGAIN_THEN_1 = "0199000005"
SILENT = "0199000006"
MACHINE = "0199000007"
SAYS_ALLO_HANGS_UP = "0199000008"
QUIET_HANGS_UP = "0199000009"
PRESSES_3 = "0199000010"
PRESSES_9_TWICE = "0199000011"
PRESSES_9_ONCE = "0199000012"
PRESSES_1_THEN_3 = "0199000013"
PRESSES_1_IN_GOODBYE = "0199000014"
MACHINE_THEN_1 = "0199000015"
PRESSES_STAR_THEN_1 = "0199000016"
BUSY = "0199000017"
LONG_MACHINE = "0199000018"
RINGS_THEN_PRESSES_1 = "0199000019"
PRESSES_1_LATE = "0199000020"
MACHINE_4_S = "0199000021"
MACHINE_6_S = "0199000022"
MACHINE_10_S = "0199000023"
SAYS_ALLO_TWICE = "0199000024"
TALKS_OVER_THE_MESSAGE = "0199000025"
HEARS_AGAIN_IN_GOODBYE = "0199000026"
PRESSES_7 = "0199000027"
PRESSES_1_FOR_EVER = "0199000028"
PRESSES_0_HEARS_5_PRESSES_1 = "0199000031"
PRESSES_0_THEN_1 = "0199000032"
PRESSES_0_HANGS_UP = "0199000033"
PRESSES_0_FOUR_TIMES = "0199000034"
SAYS_5_HANGS_UP = "0199000035"
KEEPS_WHAT_IT_HEARS = ("0199000029", "0199000030")
"""The sound goes to `<far end>/sounds/heard-<number>.alaw`."""
ASKS_FOR_A_KEY = "0199000042"
ASKS_FOR_A_NAME = "0199000043"
MACHINE_THEN_SOMEBODY = "0199000044"
SPEAKS_LONG_AND_GOES_ON = "0199000045"

EXTENSIONS = """
[general]
[telephones]
exten => 0199000001,1,Answer()
 same => n,Playback(SOUNDS/quiet-2)
 same => n,SendDTMF(1)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000002,1,Answer()
 same => n,Playback(SOUNDS/quiet-1.7)
 same => n,SendDTMF(1)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000003,1,Answer()
 same => n,Playback(SOUNDS/quiet-0.3)
 same => n,SendDTMF(1)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000004,1,Answer()
 same => n,Playback(SOUNDS/quiet-2)
 same => n,SendDTMF(7)
 same => n,Playback(SOUNDS/quiet-1)
 same => n,SendDTMF(1)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000005,1,Answer()
 same => n,Playback(SOUNDS/quiet-3)
 same => n,SendDTMF(2)
 same => n,Playback(SOUNDS/quiet-2)
 same => n,SendDTMF(1)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000006,1,Answer()
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000007,1,Answer()
 same => n,Playback(SOUNDS/greeting)
 same => n,Playback(SOUNDS/quiet-1)
 same => n,Playback(SOUNDS/beep)
 same => n,Record(SOUNDS/recorded.alaw,0,30,kxq)
exten => 0199000008,1,Answer()
 same => n,Playback(SOUNDS/allo)
 same => n,Playback(SOUNDS/quiet-1)
 same => n,Hangup()
exten => 0199000009,1,Answer()
 same => n,Playback(SOUNDS/quiet-2)
 same => n,Playback(SOUNDS/quiet-0.3)
 same => n,Hangup()
exten => 0199000010,1,Answer()
 same => n,Playback(SOUNDS/quiet-2)
 same => n,SendDTMF(3)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000011,1,Answer()
 same => n,Playback(SOUNDS/quiet-2)
 same => n,SendDTMF(9)
 same => n,Playback(SOUNDS/quiet-1)
 same => n,SendDTMF(9)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000012,1,Answer()
 same => n,Playback(SOUNDS/quiet-2)
 same => n,SendDTMF(9)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000013,1,Answer()
 same => n,Playback(SOUNDS/quiet-2)
 same => n,SendDTMF(1)
 same => n,Playback(SOUNDS/quiet-0.3)
 same => n,SendDTMF(3)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000014,1,Answer()
 same => n,Playback(SOUNDS/quiet-2)
 same => n,Playback(SOUNDS/quiet-2)
 same => n,Playback(SOUNDS/quiet-0.3)
 same => n,SendDTMF(1)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000015,1,Answer()
 same => n,Playback(SOUNDS/greeting)
 same => n,Playback(SOUNDS/quiet-2)
 same => n,Playback(SOUNDS/quiet-2)
 same => n,SendDTMF(1)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000016,1,Answer()
 same => n,Playback(SOUNDS/quiet-2)
 same => n,SendDTMF(*)
 same => n,Playback(SOUNDS/quiet-1)
 same => n,SendDTMF(1)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000017,1,Hangup(17)
exten => 0199000020,1,Answer()
 same => n,Playback(SOUNDS/quiet-7)
 same => n,SendDTMF(1)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000021,1,Answer()
 same => n,Playback(SOUNDS/greeting-4)
 same => n,Playback(SOUNDS/quiet-0.6)
 same => n,Playback(SOUNDS/quiet-0.6)
 same => n,Playback(SOUNDS/beep)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000022,1,Answer()
 same => n,Playback(SOUNDS/greeting-6)
 same => n,Playback(SOUNDS/beep)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000023,1,Answer()
 same => n,Playback(SOUNDS/greeting-10)
 same => n,Playback(SOUNDS/beep)
 same => n,Playback(SOUNDS/quiet-3)
 same => n,Playback(SOUNDS/beep)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000024,1,Answer()
 same => n,Playback(SOUNDS/allo)
 same => n,Playback(SOUNDS/quiet-3)
 same => n,Playback(SOUNDS/allo)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000025,1,Answer()
 same => n,Playback(SOUNDS/allo)
 same => n,Playback(SOUNDS/quiet-1.7)
 same => n,Playback(SOUNDS/sentence)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000026,1,Answer()
 same => n,Playback(SOUNDS/quiet-2)
 same => n,Playback(SOUNDS/quiet-2)
 same => n,Playback(SOUNDS/quiet-0.3)
 same => n,SendDTMF(2)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000027,1,Answer()
 same => n,Playback(SOUNDS/quiet-2)
 same => n,SendDTMF(7)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000028,1,Answer()
 same => n,Playback(SOUNDS/quiet-2)
 same => n(again),SendDTMF(133)
 same => n,Goto(again)
exten => 0199000029,1,Answer()
 same => n,Record(SOUNDS/heard-0199000029.alaw,0,60,kxq)
exten => 0199000030,1,Answer()
 same => n,Record(SOUNDS/heard-0199000030.alaw,0,60,kxq)
exten => 0199000031,1,Answer()
 same => n,Playback(SOUNDS/quiet-2)
 same => n,SendDTMF(0)
 same => n,Read(HEARD,SOUNDS/quiet-60,1,,1,1)
 same => n,GotoIf($["${HEARD}" != "5"]?deaf)
 same => n,Playback(SOUNDS/quiet-3)
 same => n,SendDTMF(1)
 same => n(deaf),Playback(SOUNDS/quiet-60)
exten => 0199000032,1,Answer()
 same => n,Playback(SOUNDS/quiet-2)
 same => n,SendDTMF(0)
 same => n,Playback(SOUNDS/quiet-3)
 same => n,SendDTMF(1)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000033,1,Answer()
 same => n,Playback(SOUNDS/quiet-2)
 same => n,SendDTMF(0)
 same => n,Playback(SOUNDS/quiet-2)
 same => n,Hangup()
exten => 0199000034,1,Answer()
 same => n,Playback(SOUNDS/quiet-2)
 same => n,SendDTMF(0)
 same => n,Playback(SOUNDS/quiet-3)
 same => n,SendDTMF(0)
 same => n,Playback(SOUNDS/quiet-3)
 same => n,SendDTMF(0)
 same => n,Playback(SOUNDS/quiet-3)
 same => n,SendDTMF(0)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000035,1,Answer()
 same => n,Playback(SOUNDS/quiet-1)
 same => n,SendDTMF(5)
 same => n,Playback(SOUNDS/quiet-1)
 same => n,Hangup()
exten => 0199000042,1,Answer()
 same => n,Playback(SOUNDS/question)
 same => n,Playback(SOUNDS/quiet-3)
 same => n,Playback(SOUNDS/question)
 same => n,Playback(SOUNDS/quiet-3)
 same => n,Playback(SOUNDS/question)
 same => n,Playback(SOUNDS/quiet-3)
 same => n,Hangup()
exten => 0199000043,1,Answer()
 same => n,Playback(SOUNDS/greeting-6)
 same => n,Playback(SOUNDS/quiet-7)
 same => n,Playback(SOUNDS/sentence)
 same => n,Playback(SOUNDS/quiet-7)
 same => n,SendDTMF(1)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000044,1,Answer()
 same => n,Playback(SOUNDS/greeting)
 same => n,Playback(SOUNDS/quiet-1)
 same => n,Playback(SOUNDS/beep)
 same => n,Playback(SOUNDS/quiet-3)
 same => n,Playback(SOUNDS/sentence)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000045,1,Answer()
 same => n,Playback(SOUNDS/greeting-6)
 same => n,Playback(SOUNDS/quiet-2)
 same => n,Playback(SOUNDS/quiet-1.7)
 same => n,Playback(SOUNDS/sentence)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000018,1,Answer()
 same => n,Playback(SOUNDS/long-greeting)
 same => n,Playback(SOUNDS/quiet-60)
exten => 0199000019,1,Ringing()
 same => n,Wait(1)
 same => n,Answer()
 same => n,Playback(SOUNDS/quiet-2)
 same => n,SendDTMF(1)
 same => n,Playback(SOUNDS/quiet-60)
"""


def write_files(
    installation: Installation, root: Path, sip_port: int, keys: str = "rfc4733"
) -> Path:
    """Write everything the far end needs below `root`; return its asterisk.conf.

    `keys`: how its telephones send them (`dtmf_mode`).
    """
    noises = root / "sounds"
    for seconds in ("0.3", "0.6", "1", "1.7", "2", "3", "7", "60"):
        sounds.write(noises / f"quiet-{seconds}.alaw", sounds.silence(float(seconds)))
    sounds.write(noises / "allo.alaw", sounds.speech(0.4))
    sounds.write(noises / "greeting.alaw", sounds.speech(6))
    sounds.write(noises / "long-greeting.alaw", sounds.speech(9))
    sounds.write(noises / "greeting-4.alaw", sounds.greeting(1.6, 1.4))
    sounds.write(noises / "greeting-6.alaw", sounds.greeting(1.6, 1.2, 1.6))
    sounds.write(noises / "greeting-10.alaw", sounds.greeting(2, 1, 1.8, 1.4, 1.2, 1))
    sounds.write(noises / "sentence.alaw", sounds.speech(1.6))
    sounds.write(noises / "question.alaw", sounds.speech(2.4))
    sounds.write(noises / "beep.alaw", sounds.tone(0.5))
    for name in ("etc", "run", "log", "spool", "db", "var", "keys"):
        (root / name).mkdir(exist_ok=True)
    files = {
        "asterisk.conf": directories(installation, root),
        "modules.conf": "[modules]\nautoload=no\n"
        + "".join(f"require = {name}.so\n" for name in " ".join(MODULES).split()),
        "pjsip.conf": PJSIP.format(port=sip_port, keys=keys),
        "extensions.conf": EXTENSIONS.replace("SOUNDS", str(noises)),
        "rtp.conf": "[general]\nrtpstart=30000\nrtpend=34999\n",
        "manager.conf": "[general]\nenabled=no\n",
        "logger.conf": "[general]\n[logfiles]\nmessages = notice,warning,error\n",
        "cdr.conf": "[general]\nenable=no\n",
    }
    for name, text in files.items():
        (root / "etc" / name).write_text(text, "utf-8")
    return root / "etc" / "asterisk.conf"


def directories(installation: Installation, root: Path) -> str:
    """Return an asterisk.conf that writes below `root` alone."""
    return f"""[directories]
astetcdir => {root}/etc
astmoddir => {installation.module_dir}
astvarlibdir => {root}/var
astdbdir => {root}/db
astkeydir => {root}/keys
astdatadir => {installation.data_dir}
astagidir => {root}/var
astspooldir => {root}/spool
astrundir => {root}/run
astlogdir => {root}/log
[options]
transmit_silence = no
"""


PJSIP = """
[system]
type=system
taskpool_minimum_size=16
[transport]
type=transport
protocol=udp
bind=127.0.0.1:{port}
[caller]
type=endpoint
context=telephones
transport=transport
disallow=all
allow=alaw
direct_media=no
timers=no
dtmf_mode={keys}
media_address=127.0.0.1
bind_rtp_to_media_address=yes
[caller]
type=identify
endpoint=caller
match=127.0.0.1
"""
