"""Whether the pictures stand upright: which way up the faces of an observation are, judged over several looks.

A face detector finds faces in pictures that are upside down as well: where the chin is the brow, in half of them. One
look cannot tell; but what is found the wrong way up is supported by far fewer overlapping finds than the same face the
right way up, and over a few looks the sums part clearly.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from device.camera.camera import Luma, Turn

TURNS: tuple[Turn, ...] = (180, 90, 270)
"""The turns that are looked at, in this order and again: most cameras that do not hang upright hang upside down."""

FIRST_SECONDS, LATER_SECONDS = 0.5, 1.0
"""Time between looks: until each turn was looked at twice, and from then on."""

_FIRST_LOOKS = 2 * len(TURNS)

ENOUGH = 24.0
"""Sum of supports that shows a face, not a pattern: about what one look at a face gives that is the right way up."""

CLEAR = 2.0
"""A way up is right if its faces have so many times the support of those of every other way."""

CHANCE = 6.0
"""What a pattern, or a face the wrong way up, has of support in one look; a turn is not blamed for so little."""


class FaceSupport(Protocol):
    """Says how well the surest face of a picture is supported."""

    def support(self, luma: Luma, turn: Turn) -> float:
        """Return the overlapping finds at it in a copy turned clockwise of a grey picture; 0 where there is none."""
        ...


@dataclass(slots=True)
class _Sums:
    """What the looks at one turn came to, and those at the picture as it is beside them."""

    looks: int = 0
    turned: float = 0.0
    above_chance: float = 0.0
    upright: float = 0.0


@dataclass(slots=True)
class Uprightness:
    """Gathers one observation's looks, and says when the next is due; make a new one for the next observation."""

    _sums: Mapping[Turn, _Sums] = field(
        init=False, default_factory=lambda: MappingProxyType({turn: _Sums() for turn in TURNS})
    )
    _looks: int = field(init=False, default=0)
    _looked_at: float | None = field(init=False, default=None)

    def is_due(self, now: float) -> bool:
        """Whether another look is worth its cost at ``now``, in seconds: none is, once the faces stood upright."""
        pause = FIRST_SECONDS if self._looks < _FIRST_LOOKS else LATER_SECONDS
        if self._looked_at is not None and now - self._looked_at < pause:
            return False  # asked at every frame, so the cheap question comes first
        return self.turn != 0

    @property
    def next_turn(self) -> Turn:
        """The turn to look at next, beside the picture as it is: at last every second look is for the likeliest."""
        more = self._looks - _FIRST_LOOKS
        if more < 0:
            return TURNS[self._looks % len(TURNS)]
        likeliest = max(TURNS, key=lambda turn: self._sums[turn].above_chance)
        if more % 2 == 0 and self._sums[likeliest].above_chance:
            return likeliest
        return TURNS[more // 2 % len(TURNS)]

    def add(self, now: float, *, upright: float, turned: float) -> None:
        """Take a look at :attr:`next_turn`: the supports of the picture as it is and of its turned copy, 0 or more."""
        sums = self._sums[self.next_turn]
        sums.looks += 1
        sums.upright += upright
        sums.turned += turned
        sums.above_chance += max(turned - CHANCE, 0.0)
        self._looks += 1
        self._looked_at = now

    @property
    def turn(self) -> Turn | None:
        """How far clockwise pictures must be turned to stand upright, 0 if they do, None as long as nobody knows."""
        upright = sum(sums.upright for sums in self._sums.values())
        if upright >= ENOUGH and all(
            sums.looks and sums.upright >= CLEAR * sums.turned for sums in self._sums.values()
        ):
            return 0
        turn = max(TURNS, key=lambda turn: self._sums[turn].above_chance)
        best = self._sums[turn]
        others = [other.above_chance for of, other in self._sums.items() if of != turn]
        is_clear = best.turned >= CLEAR * best.upright and best.above_chance >= CLEAR * max(others)
        return turn if is_clear and best.above_chance >= ENOUGH - CHANCE else None
