"""Every instrument by its name, with what makes it sit right in a mix."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from tools.demo.composer.sound import keys, percussion, plucked, sustained
from tools.demo.composer.sound.effects import amplifier, chorus, leslie, tremolo
from tools.demo.composer.sound.oscillators import Signal

Voice = Callable[[float, float, float, np.random.Generator], Signal]
"""Plays a note: frequency in hertz, seconds, velocity 0 to 1, and randomness; returns mono ``(n,)``."""

Effect = Callable[[Signal], Signal]
"""Changes the whole stereo track ``(2, n)`` of an instrument."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """How an instrument sounds.

    :param gain: evens out the voices of a drum kit.
    :param pan: its own place in a kit, added to the track's.
    :param width: how far its keyboard is spread, low to the left, in pan for each octave.
    :param effect: what its whole track goes through.
    """

    play: Voice
    gain: float = 1.0
    pan: float = 0.0
    width: float = 0.0
    effect: Effect | None = None


INSTRUMENTS = {
    "nylon guitar": Instrument(plucked.nylon_guitar, width=0.05),
    "steel guitar": Instrument(plucked.steel_guitar, width=0.08),
    "ukulele": Instrument(plucked.ukulele, width=0.05),
    "harp": Instrument(plucked.harp, width=0.15),
    "clean guitar": Instrument(plucked.electric_guitar, effect=chorus),
    "crunch guitar": Instrument(plucked.electric_guitar, effect=partial(amplifier, drive=5.0)),
    "heavy guitar": Instrument(plucked.electric_guitar, effect=partial(amplifier, drive=40.0)),
    "bass guitar": Instrument(plucked.bass_guitar),
    "driven bass": Instrument(plucked.bass_guitar, effect=partial(amplifier, drive=4.0)),
    "piano": Instrument(keys.piano, width=0.15),
    "electric piano": Instrument(keys.electric_piano, effect=tremolo),
    "music box": Instrument(keys.music_box, width=0.1),
    "marimba": Instrument(keys.marimba, width=0.15),
    "organ": Instrument(keys.organ, effect=leslie),
    "strings": Instrument(sustained.strings, width=0.2, effect=chorus),
    "cello": Instrument(sustained.cello),
    "fiddle": Instrument(sustained.fiddle),
    "accordion": Instrument(sustained.accordion, width=0.1),
    "harmonica": Instrument(sustained.harmonica),
    "whistle": Instrument(sustained.whistle),
    "choir": Instrument(sustained.choir, width=0.2, effect=chorus),
    "pad": Instrument(sustained.pad, width=0.15, effect=chorus),
    "brass": Instrument(sustained.brass, effect=chorus),
    "saw lead": Instrument(sustained.saw_lead),
    "heavy lead": Instrument(sustained.saw_lead, effect=partial(amplifier, drive=12.0)),
    "supersaw": Instrument(sustained.supersaw, width=0.2, effect=chorus),
    "synth bass": Instrument(sustained.synth_bass),
    "drone": Instrument(sustained.drone, effect=chorus),
    "kick": Instrument(percussion.kick, gain=1.0),
    "snare": Instrument(percussion.snare, gain=0.75),
    "clap": Instrument(percussion.clap, gain=0.9, pan=-0.1),
    "rim": Instrument(percussion.rim, gain=0.5, pan=0.15),
    "hat": Instrument(percussion.hat, gain=0.5, pan=0.3),
    "open hat": Instrument(percussion.open_hat, gain=0.45, pan=0.3),
    "crash": Instrument(percussion.crash, gain=0.5, pan=-0.25),
    "shaker": Instrument(percussion.shaker, gain=0.45, pan=0.4),
    "brush": Instrument(percussion.brush, gain=0.6, pan=0.1),
    "low tom": Instrument(percussion.tom, gain=0.7, pan=-0.3),
    "high tom": Instrument(percussion.tom, gain=0.7, pan=0.2),
    "taiko": Instrument(percussion.taiko, gain=1.0),
    "clank": Instrument(percussion.clank, gain=0.5, pan=-0.2),
    "triangle": Instrument(percussion.triangle, gain=0.25, pan=0.45),
}
"""Instruments by the name that a plan uses."""
