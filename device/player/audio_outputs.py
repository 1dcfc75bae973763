"""Where libvlc's sound goes: an ALSA card, a wav file, libvlc's own choice, or nowhere."""

import os
from pathlib import Path
from typing import Protocol

from device.errors import SoundCardError
from device.player.alsa_cards import (
    CARDS_FILE,
    CONNECTORS,
    NO_CARD,
    card_rival,
    card_takes_sound,
    find_card,
    sound_cards,
)
from device.player.alsa_mixer import refuse_mute_card
from device.player.alsa_opening import Refusal, try_opening
from device.player.card_choice import SoundCard

WAKING_SECONDS = 1.5
"""Reports from living rooms tell of screens and receivers that are silent for 1 to 2 s after a stream begins."""

_WAV_HEADER_BYTES = 44
_OPENS = "it can be opened, and moves no sound"
_NAME_ANOTHER = "name another card as card under [sound] (aplay -l lists them)"
_MENDS = {
    Refusal.BUSY: f"end the program that sudo fuser -v /dev/snd/* names, or {_NAME_ANOTHER}",
    Refusal.NO_SCREEN: f"switch the screen on and plug it in, or {_NAME_ANOTHER}",
    Refusal.NO_FORMAT: f"look into /etc/asound.conf, if there is one, or {_NAME_ANOTHER}",
    Refusal.NOT_THERE: f"plug it in again, or {_NAME_ANOTHER}",
    Refusal.UNKNOWN: f"unplug the card and plug it in again, or {_NAME_ANOTHER}",
}


class AudioOutput(Protocol):
    """What the player asks of the place that its sound goes to."""

    arguments: tuple[str, ...]
    """What libvlc is started with."""
    plays_chimes: bool
    softens: bool
    """Whether libvlc itself makes the sound softer by the volume, and on values that do not clip before."""

    def check(self) -> str:
        """Say in a few words where the sound goes.

        :raises SoundCardError: if nothing would be heard.
        """
        ...

    def examine(self) -> str:
        """Look more closely: open it, see that it is switched on; say what :meth:`check` says.

        :raises SoundCardError: if nothing would be heard.
        """
        ...

    def device(self) -> str:
        """Return the device to name to libvlc, empty if there is nothing to choose.

        :raises SoundCardError: if it is not there.
        """
        ...

    def begin(self) -> None:
        """Make ready for a new sound."""
        ...

    def lost(self) -> str:
        """Say that what :meth:`device` named last is gone; empty as long as it is there."""
        ...

    def takes_sound(self) -> bool:
        """Whether the sound begun has reached the output already, as far as the output can tell.

        libvlc's own counters tell it as well, but up to a second late.
        """
        ...

    def lead_in(self, wanted: float) -> float:
        """Return how many seconds of silence are to come before a sound on :meth:`device`.

        :param wanted: as it is set; below 0 the output knows best.
        """
        ...

    def why_silent(self) -> str:
        """Say in a few words why the output takes no sound, asked when nothing plays any more."""
        ...


class AlsaOutput:
    """A sound card by its ALSA name or its USB port; an empty name takes the one that is likeliest to be heard.

    Whichever was named to libvlc last is kept to until the next sound, even if a better one is plugged in meanwhile.
    """

    arguments: tuple[str, ...] = ("--aout=alsa",)
    plays_chimes = True
    softens = True

    def __init__(self, card: str, cards_file: Path = CARDS_FILE, connectors: Path = CONNECTORS) -> None:
        self._card = card
        self._cards_file = cards_file
        self._connectors = connectors
        self._used = ""
        self._wakes_slowly = False

    def check(self) -> str:
        """Name the card, and why it is this one."""
        card, why = self._find()
        return f"ALSA card {card.name} ({card.description}{f'; {why}' if why else ''})"

    def examine(self) -> str:
        """Open the card, look at its mixer, and name it."""
        card, _ = self._find()
        refuse_mute_card(card.name, self._folder(card.name))
        if failure := try_opening(card.device):
            what = f"{card.name}: {failure.refusal.value} (ALSA says: {failure.words})"
            raise SoundCardError(what, mend=_MENDS[failure.refusal])
        return self.check()

    def device(self) -> str:
        """Return ALSA's name of the card, with conversion to what the card can play."""
        card, _ = self._find()
        self._used, self._wakes_slowly = card.name, card.wakes_slowly
        return card.device

    def begin(self) -> None:
        """Nothing is to be done: the card is opened by libvlc."""

    def lost(self) -> str:
        """Say that the card was pulled out."""
        names = [card.name for card in sound_cards(self._cards_file, self._connectors)]
        if self._used in names:
            return ""
        return f"sound card {self._used}: " + (f"it vanished (present: {', '.join(names)})" if names else NO_CARD)

    def takes_sound(self) -> bool:
        """Whether the kernel has moved sound to the card."""
        return bool(self._used) and card_takes_sound(self._folder(self._used))

    def lead_in(self, wanted: float) -> float:
        """As long as a screen needs to find its sound; nothing for any other card."""
        return wanted if wanted >= 0 else WAKING_SECONDS if self._wakes_slowly else 0.0

    def why_silent(self) -> str:
        """Name the program that holds the card, or what ALSA says of it."""
        try:
            card, _ = self._find()
        except SoundCardError as error:
            return error.what
        if rival := card_rival(self._folder(card.name)):
            return f"it is in use by {rival}"
        failure = try_opening(card.device)
        return f"{failure.refusal.value} (ALSA says: {failure.words})" if failure else _OPENS

    def _find(self) -> tuple[SoundCard, str]:
        card, why = find_card(self._card, self._cards_file, self._connectors)
        if card.connected is False:
            what = f"{card.name}: no screen that takes sound is connected, so that nothing is heard"
            mend = "switch the screen on and plug it in, or plug a USB sound card in (aplay -l lists what there is)"
            raise SoundCardError(what, mend=mend)
        return card, why

    def _folder(self, name: str) -> Path:
        return self._cards_file.parent / name


class FileOutput:
    """A wav file that holds the last song, and no chimes, since each sound overwrites the file."""

    plays_chimes = False
    softens = False

    def __init__(self, recording: Path) -> None:
        self._recording = recording
        self.arguments: tuple[str, ...] = ("--aout=afile", f"--audiofile-file={recording}")

    def check(self) -> str:
        """Name the file."""
        folder, recording = self._recording.parent, self._recording
        if not os.path.isdir(folder):  # noqa: PTH112 - a folder that one may not look into raises nothing
            what = f"{recording}: its folder is not there"
            raise SoundCardError(what, mend="make the folder, or name another recording under [sound]")
        taken = os.path.exists(recording)  # noqa: PTH110
        if os.path.isdir(recording) or not os.access(recording if taken else folder, os.W_OK):  # noqa: PTH112
            what = f"{recording}: the wav file cannot be written there"
            mend = (
                "name a file that the daemon may write: sudo mien config set sound.recording "
                "/var/lib/mien/state/heard.wav, and sudo systemctl restart mien"
            )
            raise SoundCardError(what, mend=mend)
        return f"recorded into {recording}"

    def examine(self) -> str:
        """There is no more to be seen."""
        return self.check()

    def device(self) -> str:
        """Nothing is to be chosen."""
        return ""

    def begin(self) -> None:
        """Remove the last recording, so that the new one is told from it."""
        self._recording.unlink(missing_ok=True)

    def lost(self) -> str:
        """Nobody pulls a file out."""
        return ""

    def takes_sound(self) -> bool:
        """Whether the file holds more than its header."""
        try:
            return self._recording.stat().st_size > _WAV_HEADER_BYTES
        except OSError:
            return False

    def lead_in(self, wanted: float) -> float:  # noqa: ARG002 - a file is always awake
        """None, whatever is set: libvlc makes none here."""
        return 0.0

    def why_silent(self) -> str:
        """Nothing but the disk can be the reason."""
        return f"nothing is written to {self._recording}"


class BlindOutput:
    """An output that cannot be looked at: libvlc's own choice, or nobody."""

    plays_chimes = True
    softens = False

    def __init__(self, description: str, *arguments: str) -> None:
        self._description = description
        self.arguments = arguments

    def check(self) -> str:
        """Say which."""
        return self._description

    def examine(self) -> str:
        """There is no more to be seen."""
        return self._description

    def device(self) -> str:
        """Nothing is to be chosen."""
        return ""

    def begin(self) -> None:
        """Nothing is to be done."""

    def lost(self) -> str:
        """Not known here."""
        return ""

    def takes_sound(self) -> bool:
        """Not known here: libvlc's counters must do."""
        return False

    def lead_in(self, wanted: float) -> float:
        """As long as a screen needs, since it may be one; none where nobody listens."""
        if self.arguments:
            return 0.0
        return wanted if wanted >= 0 else WAKING_SECONDS

    def why_silent(self) -> str:
        """Not known here."""
        return "is it in use by another program?"


def output_for(output: str, *, card: str, recording: Path | None, cards_file: Path) -> AudioOutput:
    """Choose the output for ``output``: ``alsa``, ``default``, ``file`` or ``dummy``.

    :raises ValueError: if the output is unknown, or is a file without a name.
    """
    match output:
        case "alsa":
            return AlsaOutput(card, cards_file)
        case "default":
            return BlindOutput("libvlc's default output")
        case "dummy":
            return BlindOutput("dummy output, nothing is heard", "--aout=adummy")
        case "file" if recording is not None:
            return FileOutput(recording)
        case _:
            msg = f'output "{output}" is unknown, or needs a recording'
            raise ValueError(msg)
