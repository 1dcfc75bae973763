"""The sound cards that ALSA knows."""

import re
from pathlib import Path

from device.errors import PlayerError

CARDS_FILE = Path("/proc/asound/cards")

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

    :raises PlayerError: if it is not there.
    """
    cards = sound_cards(cards_file)
    if not cards:
        what = f"sound card {name}: there is no sound card" if name else "there is no sound card"
        raise PlayerError(what, mend="plug a sound card in, or enable the Pi's own with dtparam=audio=on in config.txt")
    name = name or next(iter(cards))
    if name not in cards:
        what = f"sound card {name}: there is no such card (present: {', '.join(cards)})"
        raise PlayerError(what, mend="plug it in, or set card under [sound] to one of those")
    return name, cards[name]


def card_takes_sound(card: Path) -> bool:
    """Whether a playback stream of a card, by its folder ``/proc/asound/<name>``, is under way.

    The kernel's ``hw_ptr`` counts the sample frames that a running stream has moved to the hardware.
    """
    for status in card.glob("pcm*p/sub*/status"):
        words = {line.partition(":")[0].strip(): line.partition(":")[2].strip() for line in _lines(status)}
        if words.get("state") in {"RUNNING", "DRAINING"} and int(words.get("hw_ptr", "0")) > 0:
            return True
    return False


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:  # the card was unplugged in between
        return []
