from __future__ import annotations

import struct
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.crowd import patient, pause
from benchmarks.sound import FROM, SILENCE, TO, told, written


def test_each_answered_call_is_read_once_and_only_when_its_line_is_whole(
    tmp_path: Path,
) -> None:
    log = tmp_path / "keys.log"
    assert told(log, 0) == ([], 0)
    log.write_text("sound 10000\nkey a@b\nsound 10")
    ports, read = told(log, 0)
    assert ports == [10_000]
    with log.open("a") as file:
        file.write("002\n")
    ports, read = told(log, read)
    assert ports == [10_002]
    assert told(log, read)[0] == []


def test_a_packet_is_one_of_alaw_from_the_landlines_port() -> None:
    packet = written()
    assert struct.unpack_from(">HH", packet, TO - 2) == (FROM, 0)
    assert packet[28:30] == b"\x80\x08"  # RTP version 2, type 8
    assert packet.endswith(SILENCE)
    assert len(packet) == 20 + 8 + 12 + 160


def test_a_patient_landline_waits_and_says_where_its_sound_goes() -> None:
    text = patient(40.0)
    ElementTree.fromstring(text)
    assert pause(40.0) in text
    assert text.index("[$sound]") < text.index(pause(40.0))
    assert 'assign_to="all,sound"' in text
