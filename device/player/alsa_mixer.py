"""Whether a sound card can be opened, and whether its mixer is switched on and turned up."""

import errno
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from device.errors import AccessError, MutedError, SoundCardError
from device.player.alsa_cards import card_rival
from device.player.alsa_opening import NOT_SUPPORTED

DEVICES = Path("/dev/snd")

_CONTROL = re.compile(r"^Simple mixer control '(?P<name>[^']*)',\d+$")
_LEVEL = re.compile(r"\bPlayback\b[^\[]*\[(?P<percent>\d+)%\]")
_SWITCH = re.compile(r"\bPlayback\b.*\[(?P<switch>on|off)\]")
_DECIBELS = re.compile(r"\bPlayback\b[^\n]*\[(?P<decibels>-?\d+\.\d+)dB\]")
_SECONDS = 3.0
_WHISPER_DECIBELS = -45.0
"""From here on down a song at the usual volume is lost in a quiet room."""

_ALL_SOUND = ("Master", "PCM", "Digital", "Analogue")
"""Controls that all sound passes through, wherever it comes out."""
_WAYS_OUT = ("Speaker", "Headphone", "Headphones", "Front", "Line Out", "HDMI")
"""Controls of one way out each: one that is on will do."""


@dataclass(frozen=True, slots=True)
class MixerControl:
    """One playback control: its loudest channel in percent (None without a volume), and whether a channel is on."""

    name: str
    percent: int | None
    on: bool
    decibels: float = 0.0
    """What it does to the loudest channel, where it says so."""

    @property
    def silence(self) -> str:
        """Why nothing passes it, in a few words; empty if something does."""
        if not self.on:
            return f"{self.name} is switched off"
        if self.percent == 0:
            return f"{self.name} stands at 0 %"
        return f"{self.name} stands at {self.decibels:.0f} dB" if self.decibels <= _WHISPER_DECIBELS else ""


def refuse_mute_card(name: str, card: Path, devices: Path = DEVICES) -> None:
    """Open a card's first playback stream and close it at once, and look at its mixer.

    :param name: the card's ALSA name.
    :param card: its folder ``/proc/asound/<name>``.
    :param devices: where the device files are.
    :raises SoundCardError: if it only records, cannot be opened, or is in another program's hands; a MutedError if it
        lets no sound out.
    """
    streams = sorted(folder.name for folder in card.glob("pcm*p"))
    if not streams:
        what = f"{name}: this card only records"
        raise SoundCardError(what, mend="set card under [sound] to one that plays: aplay -l lists them")
    number = card.resolve().name.removeprefix("card")
    _open(name, devices / f"pcmC{number}D{streams[0].removeprefix('pcm').removesuffix('p')}p", card)
    if closed := closed_controls(list(read_mixer(name))):
        what = f"{name}: nothing is heard, {', '.join(control.silence for control in closed)}"
        lines = " && ".join(f"amixer -c {name} sset '{control.name}' 80% unmute" for control in closed)
        mend = f"turn it up and keep it: {lines} && sudo alsactl store (or by eye: alsamixer -c {name}, M switches on)"
        raise MutedError(what, mend=mend)


def closed_controls(controls: list[MixerControl]) -> list[MixerControl]:
    """Return the controls of a mixer that let no sound pass; none if nothing is in the way."""
    for control in controls:
        if control.name in _ALL_SOUND and control.silence:
            return [control]
    ways = [control for control in controls if control.name in _WAYS_OUT]
    closed = [control for control in ways if control.silence]
    return closed if len(closed) == len(ways) else []


def read_mixer(name: str) -> Iterator[MixerControl]:
    """Ask amixer for a card's playback controls; none where it is not installed or says nothing."""
    command = ["amixer", "-c", name, "scontents"]
    try:
        asked = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603 - a card's name
    except (OSError, subprocess.TimeoutExpired):
        return iter(())
    return mixer_controls(asked.stdout.decode(errors="replace"))


def mixer_controls(text: str) -> Iterator[MixerControl]:
    """Read the playback controls out of what ``amixer scontents`` prints."""
    blocks: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if begun := _CONTROL.match(line):
            blocks.append((begun["name"], []))
        elif blocks:
            blocks[-1][1].append(line)
    for control, lines in blocks:
        levels = [int(found["percent"]) for line in lines if (found := _LEVEL.search(line))]
        decibels = [float(found["decibels"]) for line in lines if (found := _DECIBELS.search(line))]
        switches = [found["switch"] == "on" for line in lines if (found := _SWITCH.search(line))]
        if levels or switches:
            loudest = max(decibels, default=0.0)
            yield MixerControl(control, max(levels, default=None), any(switches) if switches else True, loudest)


def _open(name: str, device: Path, card: Path) -> None:
    try:
        os.close(os.open(device, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as error:
        rival = card_rival(card)
        if error.errno == errno.EBUSY and not rival:
            return  # it is in our own hands
        if rival:
            what, mend = (
                f"{name}: it is used by {rival}",
                "end that program (sudo fuser -v /dev/snd/* names it), or name another card under [sound]",
            )
        elif error.errno == NOT_SUPPORTED:
            what, mend = f"{name}: no screen is connected to this card", "switch the screen on and plug it in"
        elif refusal := AccessError.of(device, os.R_OK | os.W_OK):
            what, mend = f"{name}: {device}: {refusal.what.partition(': ')[2]}", refusal.mend
        else:
            what = f"{name}: the card cannot be opened ({device}: {error.strerror})"
            mend = "unplug the card and plug it in again, or start the box again"
        raise SoundCardError(what, mend=mend) from error
