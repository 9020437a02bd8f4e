"""Texts and recordings in, prompts for Asterisk out (8 kHz A-law, one per content).

`voice` says what a voice is; `pico`, `espeak` and `gtts` are the ones we have;
`recorded` reads recordings; `audio` makes either fit for a telephone, `levels` measures
it; `cache` keeps each prompt once; `choice` falls back when a voice is missing;
`phrasebook` has the fixed phrases, `phrases` renders them; `reading` writes out, by the
tables `french` and `english`, what a voice would mis-speak.
"""
