"""Which of the sound cards plays, and how it is opened: pure, told by what was seen of each card."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class CardKind(Enum):
    """What a card is; the value is a word for a person."""

    USB = "a USB card"
    HAT = "a card on the board's pins"
    HDMI = "HDMI"
    JACK = "the board's headphone jack"
    VIRTUAL = "a card of software only"


@dataclass(frozen=True, slots=True)
class SoundCard:
    """One card as the kernel shows it."""

    name: str
    """ALSA's name of it."""
    description: str
    """Its driver and its own name, with " - " between."""
    number: int = 0
    port: str = ""
    """The USB port that it is plugged into, such as ``usb-xhci-hcd.0-1.2``; empty for any other card."""
    plays: bool = True
    """Whether it has a playback stream: a microphone has none."""
    connected: bool | None = None
    """Whether an HDMI card's screen is there and takes sound; None if the kernel does not tell, and for other cards."""

    @property
    def driver(self) -> str:
        """The kernel's driver of it, such as ``USB-Audio`` or ``vc4-hdmi``."""
        return self.description.partition(" - ")[0]

    @property
    def kind(self) -> CardKind:
        """What it is, by its driver."""
        if self.driver == "USB-Audio":
            return CardKind.USB
        if "hdmi" in f"{self.name} {self.description}".lower() and not self.driver.startswith("HDA"):
            return CardKind.HDMI
        if self.driver.startswith(("bcm2835", "HDA")):
            return CardKind.JACK
        return CardKind.VIRTUAL if self.driver in {"Dummy", "Loopback"} else CardKind.HAT

    @property
    def device(self) -> str:
        """The name to open it by, with conversion to what it can play.

        A Raspberry Pi's HDMI takes IEC 958 subframes only. Into these plug converts by alsa-lib 1.2.14, and not by
        1.2.8, which Debian 12 has. So it is given what ``default`` in alsa-lib's ``cards/vc4-hdmi.conf`` is made of;
        that name itself may lead elsewhere by ``/etc/asound.conf``. AES3 = 1 leaves the sample rate to ALSA.
        """
        if self.driver == "vc4-hdmi":
            return f"plug:SLAVE='hdmi:CARD={self.name},AES0=0x04,AES1=0x82,AES2=0x00,AES3=0x01'"
        return f"plughw:CARD={self.name}"

    @property
    def wakes_slowly(self) -> bool:
        """Whether what hangs on it is likely to swallow a sound's first second: a screen that finds its sound first."""
        return self.kind is CardKind.HDMI


_PREFERRED = (
    (CardKind.USB, None),
    (CardKind.HAT, None),
    (CardKind.HDMI, True),
    (CardKind.JACK, None),
    (CardKind.HDMI, None),
    (CardKind.VIRTUAL, None),
    (CardKind.HDMI, False),
)
"""Kinds of cards, and of HDMI whether a screen is connected, from the likeliest to be heard on."""


def choose_card(cards: Sequence[SoundCard]) -> tuple[SoundCard, str] | None:
    """Choose where the sound goes, and say why in a few words; None if no card plays.

    A USB card and a hat were put there to be heard; a screen that is connected comes before the headphone jack, whose
    plug nobody can see; HDMI without a screen is last. Of two alike USB cards the one at the first port is taken,
    since their names may change places from boot to boot.
    """
    ranked = sorted((card for card in cards if card.plays), key=_rank)
    if not ranked:
        return None
    first, others = ranked[0], ranked[1:]
    why = first.kind.value
    if first.connected is not None:
        why += " with a screen" if first.connected else " without a screen"
    if first.port:
        why += f" at {first.port}"
    left = ", ".join(card.name for card in others)
    return first, f"chosen since it is {why}; not {left}" if left else f"the only one that plays, {why}"


def _rank(card: SoundCard) -> tuple[int, str, int]:
    return _PREFERRED.index((card.kind, card.connected)), card.port, card.number
