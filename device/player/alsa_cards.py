"""The sound cards that ALSA knows, whether sound moves to them, and which program holds one."""

import os
import pwd
import re
from dataclasses import replace
from pathlib import Path

from device.errors import SoundCardError
from device.player.card_choice import CardKind, SoundCard, choose_card

CARDS_FILE = Path("/proc/asound/cards")
CONNECTORS = Path("/sys/class/drm")
_PROCESSES = Path("/proc")

_CARD = re.compile(
    r"^\s*(?P<number>\d+) \[(?P<name>\S+)\s*\]: (?P<description>.+)$"
    r"(?:\n\s+(?P<whole>(?!\d+ \[)\S.*)$)?",
    re.MULTILINE,
)
_PORT = re.compile(r" at (?P<port>usb-[^\s,]+)")
_UNNAMED = re.compile(r"(?P<before>\b(?:used|in use) by )process (?P<process>\d{1,10})\b(?: of the user [\w-]+)?")
_ORDINAL = re.compile(r"\d+$")
NO_CARD = "there is no sound card"
_PLUG = "plug a sound card in, or enable the Pi's own with dtparam=audio=on in config.txt"


def sound_cards(cards_file: Path = CARDS_FILE, connectors: Path = CONNECTORS) -> list[SoundCard]:
    """Return every card in ALSA's order; empty on a machine without sound.

    :param cards_file: the kernel's list, in the folder where it has one for each card.
    :param connectors: where the kernel shows what screens are connected.
    """
    try:
        listing = cards_file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    cards = []
    for match in _CARD.finditer(listing):
        port = _PORT.search(match["whole"] or "")
        card = SoundCard(
            match["name"], match["description"].strip(), int(match["number"]), port["port"] if port else ""
        )
        folder = cards_file.parent / card.name
        plays = not folder.is_dir() or any(folder.glob("pcm*p"))
        connected = _connected(card.name, folder, connectors) if card.kind is CardKind.HDMI else None
        cards.append(replace(card, plays=plays, connected=connected))
    return cards


def find_card(name: str, cards_file: Path = CARDS_FILE, connectors: Path = CONNECTORS) -> tuple[SoundCard, str]:
    """Return a card, and why it was chosen where ``name`` is empty; the USB port of a card is a name of it too.

    :raises SoundCardError: if it is not there, or none that plays.
    """
    cards = sound_cards(cards_file, connectors)
    if not cards:
        what = f"sound card {name}: {NO_CARD}" if name else NO_CARD
        raise SoundCardError(what, mend=_PLUG)
    if not name:
        if choice := choose_card(cards):
            return choice
        what = f"there is no sound card that plays, only what records ({', '.join(card.name for card in cards)})"
        raise SoundCardError(what, mend=_PLUG)
    for card in cards:
        if name in {card.name, card.port}:
            if not card.plays:
                what = f"sound card {name}: it only records"
                raise SoundCardError(what, mend="set card under [sound] to one that plays: aplay -l lists them")
            return card, ""
    what = f"sound card {name}: there is no such card (present: {', '.join(card.name for card in cards)})"
    raise SoundCardError(what, mend="plug it in, or set card under [sound] to one of those")


def _connected(name: str, folder: Path, connectors: Path) -> bool | None:
    """Whether an HDMI card's screen is there and takes sound: vc4hdmi0 is at the first connector, vc4hdmi1 at the next.

    The kernel has the screen's word on sound (its ELD) in the card's folder, from Linux 6.9 or so on a Raspberry Pi.
    """
    ordinal = _ORDINAL.search(name)
    place = int(ordinal[0]) + 1 if ordinal else 1
    states = [line for status in connectors.glob(f"card*-HDMI-A-{place}/status") for line in _lines(status)[:1]]
    if states and set(states) == {"disconnected"}:  # a third word, unknown, says nothing
        return False
    words = [_spaced(path) for path in sorted(folder.glob("eld#*"))]
    if words and not any(word.get("monitor_present") == "1" and word.get("eld_valid") != "0" for word in words):
        return False
    return True if "connected" in states or words else None


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
        return _program(process, processes)
    return ""


def name_program(text: str, processes: Path = _PROCESSES) -> str:
    """Put the program's name into words of :func:`card_rival` that hold its number only.

    The service sees no process of other users (ProtectProc=invisible), and whoever asks it mostly does.
    """
    return _UNNAMED.sub(lambda match: f"{match['before']}{_program(match['process'], processes)}", text)


def _program(process: str, processes: Path) -> str:
    """Name a process by its program, else by its user, at the least by its number."""
    if name := "".join(_lines(processes / process / "comm")):
        return f"{name} (process {process})"
    try:
        user = pwd.getpwuid((processes / process).stat().st_uid).pw_name
    except (OSError, KeyError):
        return f"process {process}"
    return f"process {process} of the user {user}"


def _playback_streams(card: Path) -> list[dict[str, str]]:
    return [_words(status) for status in sorted(card.glob("pcm*p/sub*/status"))]


def _words(path: Path) -> dict[str, str]:
    parts = [line.partition(":") for line in _lines(path)]
    return {name.strip(): value.strip() for name, _, value in parts}


def _spaced(path: Path) -> dict[str, str]:
    """Read lines of a word, blanks, and its value."""
    return {parts[0]: parts[1] for line in _lines(path) if len(parts := line.split(None, 1)) == 2}  # noqa: PLR2004


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # the card was unplugged, or the program ended, in between
        return []
