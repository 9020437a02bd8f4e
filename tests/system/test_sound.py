"""What the resident hears is the message, and thanks come after the key."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.system.conftest import MakeStage
from tests.system.listener import Call, Listener
from tests.system.stage import DUTY, Trunk, home, number, on_duty, until

pytestmark = pytest.mark.asterisk

PRESSES, SILENT = 1, 2
ALIKE = 0.9
Sound = NDArray[np.float64]


def test_the_message_is_heard_and_thanks_follow_the_key(stage: MakeStage) -> None:
    with Listener({number(PRESSES): 2.0}) as far:
        script = home(PRESSES) + home(SILENT) + on_duty(DUTY)
        here = stage(
            trunks={
                "town": Trunk(script),
                "ears": Trunk(port=far.port),
            }
        )
        register = here.commune()
        here.entered(register)
        campaign = here.drafted(
            register, wish={"trunks": ("ears",)}, tries_per_contact_point=1
        )
        here.launch(campaign)
        here.ended(campaign)
        calls = {call.number: call for call in far.calls}
        until(lambda: all(call.is_over for call in far.calls), 10)
        (text,) = here.office.desk.card(campaign).message
    message = here.prompts / f"{text.prompt}.alaw"
    thanks = here.prompts / "fr" / "thanks-1.alaw"
    assert len(far.calls) == 2
    assert len(places(calls[number(PRESSES)], message)) == 1
    assert len(places(calls[number(SILENT)], message)) == 3
    (spoken,) = places(calls[number(PRESSES)], thanks)
    assert spoken >= (calls[number(PRESSES)].before_key or 0)
    assert places(calls[number(SILENT)], thanks) == []
    assert here.states(campaign) == {"1": "acknowledged", "2": "reached_unconfirmed"}


def places(call: Call, prompt: Path) -> list[int]:
    """Return where a prompt is heard in a call, in samples."""
    wanted, heard = linear(prompt.read_bytes()), linear(bytes(call.sound))
    wanted = wanted[: len(wanted) - 160]  # the last frame may be left out
    alike = likeness(heard, wanted)
    found: list[int] = []
    while alike.size and alike.max() > ALIKE:
        at = int(alike.argmax())
        found.append(at)
        alike[max(0, at - len(wanted) // 2) : at + len(wanted) // 2] = 0
    return sorted(found)


def likeness(heard: Sound, wanted: Sound) -> Sound:
    """Return the normalised cross-correlation at every place, from -1 to 1."""
    count = len(heard) - len(wanted) + 1
    if count < 1:
        return np.zeros(0)
    size = 1 << (len(heard) + len(wanted)).bit_length()
    product = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(wanted, size))
    together = np.fft.irfft(product, size)[:count]
    sums = np.concatenate([[0.0], np.cumsum(heard**2)])
    power = sums[len(wanted) :][:count] - sums[:count]
    return together / np.maximum(np.sqrt(power * (wanted**2).sum()), 1e-9)


def linear(alaw: bytes) -> Sound:
    """Decode A-law (G.711) to samples from -1 to 1."""
    code = np.frombuffer(alaw, np.uint8) ^ 0x55
    step, level = (code & 0x70) >> 4, (code & 0x0F).astype(np.float64) * 16 + 8
    size = np.where(step == 0, level, (level + 256) * 2.0 ** (step - 1.0))
    return np.where(code & 0x80, size, -size) / 32768
