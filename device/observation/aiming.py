"""Where the face is, in words and in a small frame of characters, for somebody who aims the camera without a picture.

Pure: a face's place and the light in, words out. A place is as the picture has it, seen by the camera: what stands at
its left edge is to the person's own *right*. The words, and the frame, are the person's: "your left" is their own left,
and the frame is like a mirror, in which it lies at the left as well.
"""

from dataclasses import dataclass
from enum import Enum

_STEPS = 20
"""A place is told in steps of 1/20 of the picture: enough to aim by, too little to know anybody by."""

NEAREST_HEIGHT, FARTHEST_HEIGHT = 0.6, 0.15
"""Heights of a face's box between which it is read well, as shares of the picture's."""

_ASIDE = 0.2
"""How far the middle of a face may be from that of the picture, as a share of the picture's width or height."""

SLOWEST_SECONDS, QUICKEST_SECONDS = 2.0, 0.8
"""From one chime to the next while nobody is seen, and where the place is nearly fine."""

FINE_PAUSE_SECONDS = 2.0
"""From one chime to the next while it is fine; its own chime is another."""

FIRST_PAUSE_SECONDS = 2.5
"""After the first chime at least, which wakes a screen or an amplifier; the next one would cut it off."""

DRAWING_COLUMNS, DRAWING_ROWS = 16, 6
"""Characters within the edge of the drawing."""

_HAIR = 1e-6  # less than any step; what lies just at a bound is within it


@dataclass(frozen=True, slots=True)
class FacePlace:
    """Where in the picture a face's box is; shares in [0, 1], ``x`` from its left edge, ``y`` from its top.

    :raises ValueError: if a share is outside, or there is no width or height.
    """

    x: float
    """Its middle."""
    y: float
    width: float
    height: float

    def __post_init__(self) -> None:
        """Refuse what lies in no picture."""
        shares = (self.x, self.y, self.width, self.height)
        if not all(0 <= share <= 1 for share in shares) or not (self.width and self.height):
            msg = f"no place in a picture: {shares}"
            raise ValueError(msg)


class Advice(Enum):
    """What somebody who aims should do, the first thing first; the value, of 40 characters at most, is said to them."""

    TURNED = "turned: the box needs another rotation"
    NOBODY = "nobody: no face is seen"
    DARK = "too dark: turn on a light before you"
    FAR = "too far: come nearer"
    CLOSE = "too close: go back a little"
    LEFT = "left: move a little to your right"
    RIGHT = "right: move a little to your left"
    HIGH = "too high: tilt it up, or sit lower"
    LOW = "too low: tilt it down, or sit higher"
    FINE = "fine: this is a good place"


def place_of(*, x: float, y: float, width: float, height: float, picture: tuple[int, int]) -> FacePlace:
    """Return the place of a box, rounded to 1/20 of the picture.

    :param x: its left edge in pixels, ``y`` its top.
    :param width: in pixels, like ``height``; above 0.
    :param picture: height and width of the picture in pixels.
    """
    rows, columns = picture
    return FacePlace(
        _rounded((x + width / 2) / columns),
        _rounded((y + height / 2) / rows),
        max(_rounded(width / columns), 1 / _STEPS),
        max(_rounded(height / rows), 1 / _STEPS),
    )


def advise(place: FacePlace | None, light: str, *, stands_upright: bool = True) -> Advice:
    """Say what would help most to read the face better.

    :param place: the face's, None where none is seen.
    :param light: the light meter's word; only "dark" matters.
    :param stands_upright: False where the picture is known to be turned: up and left are other sides then.
    """
    if not stands_upright:
        return Advice.TURNED
    if light == "dark":
        return Advice.DARK
    return Advice.NOBODY if place is None else _advise_on(place)


def _advise_on(place: FacePlace) -> Advice:
    if place.height < FARTHEST_HEIGHT - _HAIR:
        return Advice.FAR
    if place.height > NEAREST_HEIGHT + _HAIR:
        return Advice.CLOSE
    if abs(place.x - 0.5) > _ASIDE + _HAIR:
        return Advice.RIGHT if place.x < 0.5 else Advice.LEFT  # noqa: PLR2004 - the middle
    if abs(place.y - 0.5) > _ASIDE + _HAIR:
        return Advice.HIGH if place.y < 0.5 else Advice.LOW  # noqa: PLR2004
    return Advice.FINE


def closeness(place: FacePlace | None, light: str, *, stands_upright: bool = True) -> float:
    """Return how good the place is, in [0, 1]: 1 where the advice is that it is fine, 0 where it cannot be told."""
    advice = advise(place, light, stands_upright=stands_upright)
    if advice is Advice.FINE:
        return 1.0
    if place is None or advice in {Advice.DARK, Advice.TURNED}:
        return 0.0
    size = max(FARTHEST_HEIGHT - place.height, 0) / FARTHEST_HEIGHT, max(place.height - NEAREST_HEIGHT, 0)
    aside = max(abs(place.x - 0.5), abs(place.y - 0.5)) - _ASIDE
    return round(1 - max(*size, aside / (0.5 - _ASIDE), 0.05), 3)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a chime is due for somebody who stands before a box without a screen: the better the place, the sooner."""

    next_at: float | None = None
    """None before the first chime."""
    was_fine: bool = False

    def beat(self, how_good: float, now: float) -> "tuple[Rhythm, bool]":
        """Take a frame's closeness in [0, 1] at ``now``; return the rhythm from now on, and whether a chime is due."""
        is_fine = how_good >= 1
        if self.next_at is not None and now < self.next_at:
            return self, False
        pause = FINE_PAUSE_SECONDS if is_fine else SLOWEST_SECONDS + (QUICKEST_SECONDS - SLOWEST_SECONDS) * how_good
        if self.next_at is None:
            pause = max(pause, FIRST_PAUSE_SECONDS)
        return Rhythm(now + pause, is_fine), True


def drawing(place: FacePlace | None, *, mark: str = "█") -> list[str]:
    """Draw the picture's edge, and where in it the face is, as a mirror would show it.

    :param mark: the character that the face is made of; the edge is of lines only where that is no plain one.
    :returns: ``DRAWING_ROWS + 2`` lines of ``DRAWING_COLUMNS + 2`` characters.
    """
    columns, rows = DRAWING_COLUMNS, DRAWING_ROWS
    corners, level, upright = ("┌┐└┘", "─", "│") if mark > "\x7f" else ("++++", "-", "|")
    lines = [f"{corners[0]}{level * columns}{corners[1]}"]
    for row in range(rows):
        cells = [
            bool(
                place and _covers(place.y, place.height, row, rows) and _covers(1 - place.x, place.width, cell, columns)
            )
            for cell in range(columns)
        ]
        lines.append(f"{upright}{''.join(mark if cell else ' ' for cell in cells)}{upright}")
    return [*lines, f"{corners[2]}{level * columns}{corners[3]}"]


def _covers(middle: float, size: float, cell: int, cells: int) -> bool:
    """Whether a stretch covers the middle of a cell; the smallest one covers a cell all the same."""
    return abs((cell + 0.5) / cells - middle) <= max(size, 1 / cells) / 2 + _HAIR


def _rounded(share: float) -> float:
    return round(min(max(share, 0.0), 1.0) * _STEPS) / _STEPS
