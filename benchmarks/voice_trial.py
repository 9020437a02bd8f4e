"""One voice reads one text, in a process of its own: see `voices`.

Words: NAME LANGUAGE WAV. What was measured is one line of JSON on standard output.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from time import perf_counter

import soundfile

from automaton.errors import AutomatonError
from automaton.settings import load
from automaton.voices.audio import decoded, encoded, for_telephone
from automaton.voices.choice import voice_named
from automaton.voices.levels import loudness, peak
from automaton.voices.reading import spoken_form
from automaton.voices.voice import LINE_RATE

WORD = {"fr": "Oui.", "en": "Yes."}
MESSAGE = {
    "fr": "Bonjour. Ici la mairie d'Exempleville, pour une alerte à la crue. La rivière"
    " monte : quittez le sous-sol, et montez à l'étage. Prenez de l'eau, une lampe et"
    " vos médicaments. Pour confirmer, appuyez sur la touche 1. Pour réécouter, appuyez"
    " sur la touche 2.",
    "en": "Hello. This is the town hall of Exampleville, about a flood. The river is"
    " rising: leave the cellar, and go upstairs. Take water, a lamp and your medicine."
    " To confirm, press key 1. To hear this again, press key 2.",
}


def main(name: str, language: str, wav: Path) -> None:
    voice = voice_named(name, load(None, os.environ).settings)
    began = perf_counter()
    voice.render(WORD[language], language)
    word, used = perf_counter(), processor()
    sound = voice.render(spoken_form(MESSAGE[language], language), language)
    done, used = perf_counter(), processor() - used
    heard = decoded(encoded(for_telephone(sound)))
    soundfile.write(wav, heard.samples, LINE_RATE, subtype="PCM_16")
    told = {
        "word_s": word - began,
        "message_s": done - word,
        "speech_s": sound.seconds,
        "factor": (done - word) / sound.seconds,
        "processor": used / sound.seconds,
        "rate": sound.rate,
        "spoken_lufs": loudness(sound),
        "heard_lufs": loudness(heard),
        "heard_peak": peak(heard),
    }
    print(json.dumps(told))


def processor() -> float:
    """Return the seconds of CPU of this process and of those that it waited for."""
    spent = os.times()
    return sum(spent[:4])


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
    except AutomatonError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
