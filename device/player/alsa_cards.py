"""The sound cards that ALSA knows."""

import os
import re
from pathlib import Path

from device.errors import SoundCardError

CARDS_FILE = Path("/proc/asound/cards")
_PROCESSES = Path("/proc")

_CARD = re.compile(r"^\s*\d+ \[(?P<name>\S+)\s*\]: (?P<description>.+)$", re.MULTILINE)


def sound_cards(cards_file: Path = CARDS_FILE) -> dict[str, str]:
    """Map the name of every card to its description, in ALSA's order; empty on a machine without sound."""
    try:
        listing = cards_file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    return {match["name"]: match["description"].strip() for match in _CARD.finditer(listing)}


def find_card(name: str, cards_file: Path = CARDS_FILE) -> tuple[str, str]:
    """Return name and description of a card; an empty ``name`` takes the first.

    :raises SoundCardError: if it is not there.
    """
    cards = sound_cards(cards_file)
    if not cards:
        what = f"sound card {name}: there is no sound card" if name else "there is no sound card"
        raise SoundCardError(
            what, mend="plug a sound card in, or enable the Pi's own with dtparam=audio=on in config.txt"
        )
    name = name or next(iter(cards))
    if name not in cards:
        what = f"sound card {name}: there is no such card (present: {', '.join(cards)})"
        raise SoundCardError(what, mend="plug it in, or set card under [sound] to one of those")
    return name, cards[name]


def card_takes_sound(card: Path) -> bool:
    """Whether a playback stream of a card, by its folder ``/proc/asound/<name>``, is under way.

    The kernel's ``hw_ptr`` counts the sample frames that a running stream has moved to the hardware.
    """
    return any(
        stream.get("state") in {"RUNNING", "DRAINING"} and int(stream.get("hw_ptr", "0")) > 0
        for stream in _playback_streams(card)
    )


def card_rival(card: Path, processes: Path = _PROCESSES) -> str:
    """Name another program that holds a playback stream of a card; empty if there is none.

    :param card: the card's folder ``/proc/asound/<name>``.
    :param processes: where the kernel shows the processes.
    """
    for stream in _playback_streams(card):
        thread = stream.get("owner_pid", "")  # the kernel calls it a process and means the thread that opened the card
        if not thread.isdecimal():
            continue
        process = _words(processes / thread / "status").get("Tgid", thread)
        if process == str(os.getpid()):
            continue
        name = "".join(_lines(processes / process / "comm"))
        return f"{name} (process {process})" if name else f"process {process}"
    return ""


def _playback_streams(card: Path) -> list[dict[str, str]]:
    return [_words(status) for status in sorted(card.glob("pcm*p/sub*/status"))]


def _words(path: Path) -> dict[str, str]:
    parts = [line.partition(":") for line in _lines(path)]
    return {name.strip(): value.strip() for name, _, value in parts}


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # the card was unplugged, or the program ended, in between
        return []
