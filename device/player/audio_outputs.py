"""Where libvlc's sound goes: an ALSA card, a wav file, libvlc's own choice, or nowhere."""

import os
from pathlib import Path
from typing import Protocol

from device.errors import SoundCardError
from device.player.alsa_cards import CARDS_FILE, card_rival, card_takes_sound, find_card
from device.player.alsa_mixer import refuse_mute_card

_WAV_HEADER_BYTES = 44


class AudioOutput(Protocol):
    """What the player asks of the place that its sound goes to."""

    arguments: tuple[str, ...]
    """What libvlc is started with."""
    plays_chimes: bool

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

    def takes_sound(self) -> bool:
        """Whether the sound begun has reached the output already, as far as the output can tell.

        libvlc's own counters tell it as well, but up to a second late.
        """
        ...

    def rival(self) -> str:
        """Name another program that uses the output; empty if there is none, or none can be seen."""
        ...


class AlsaOutput:
    """A sound card by its ALSA name; an empty name takes the first card."""

    arguments: tuple[str, ...] = ("--aout=alsa",)
    plays_chimes = True

    def __init__(self, card: str, cards_file: Path = CARDS_FILE) -> None:
        self._card = card
        self._cards_file = cards_file

    def check(self) -> str:
        """Name the card."""
        name, description = find_card(self._card, self._cards_file)
        return f"ALSA card {name} ({description})"

    def examine(self) -> str:
        """Open the card, look at its mixer, and name it."""
        name, _ = find_card(self._card, self._cards_file)
        refuse_mute_card(name, self._cards_file.parent / name)
        return self.check()

    def device(self) -> str:
        """Return ALSA's name of the card, with conversion to what the card can play."""
        return f"plughw:CARD={find_card(self._card, self._cards_file)[0]}"

    def begin(self) -> None:
        """Nothing is to be done: the card is opened by libvlc."""

    def takes_sound(self) -> bool:
        """Whether the kernel has moved sound to the card."""
        try:
            name = find_card(self._card, self._cards_file)[0]
        except SoundCardError:
            return False
        return card_takes_sound(self._cards_file.parent / name)

    def rival(self) -> str:
        """Name the program that holds the card."""
        try:
            name = find_card(self._card, self._cards_file)[0]
        except SoundCardError:
            return ""
        return card_rival(self._cards_file.parent / name)


class FileOutput:
    """A wav file that holds the last song, and no chimes, since each sound overwrites the file."""

    plays_chimes = False

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

    def takes_sound(self) -> bool:
        """Whether the file holds more than its header."""
        try:
            return self._recording.stat().st_size > _WAV_HEADER_BYTES
        except OSError:
            return False

    def rival(self) -> str:
        """Nobody: each player removes the recording before it writes its own."""
        return ""


class BlindOutput:
    """An output that cannot be looked at: libvlc's own choice, or nobody."""

    plays_chimes = True

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

    def takes_sound(self) -> bool:
        """Not known here: libvlc's counters must do."""
        return False

    def rival(self) -> str:
        """Not known here."""
        return ""


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
