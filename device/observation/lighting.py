"""Light: when the camera's exposure has settled, and whether there is enough light to read a face by."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from device.faces.crop import Luma, is_flat
from device.interfaces import Frame

LightWord = Literal["good", "dim", "dark", "unknown"]

SETTLING_SECONDS = 1.5
"""A camera's exposure counts as settled after this long, whatever its pictures do."""

STEADY_CHANGE_PER_SECOND = 0.5
"""A picture whose brightness changes by a smaller share of itself per second is settled. In clips of people who move it
is below .3 in 99 % of the frames; a camera that finds its exposure changes by 1 to 6."""

_BLACK = 4  # mean of 0–255: what a USB camera gives before its sensor has started
_PIXELS_APART = 8  # brightness needs no more than every eighth pixel of every eighth row

DARK_LUX, DIM_LUX = 10.0, 40.0
"""Less light than this is dark, or dim: a candle's at a metre is 1 lux, a living room's in the evening 50."""

_LUX_SECONDS = 21.0
"""Lux times exposure (seconds × gain) of a picture of medium brightness; from libcamera's tuning of the Pi's second
camera module: 980 lux for 22 ms."""

_DARK_LEVEL, _DIM_LEVEL = 40, 60
"""The same as the mean of a face's crop, 0–255, where the camera tells no lux. 2 % of FERPlus's faces are below 60."""

_DARK_PICTURE = 25
"""Mean of a whole picture without a face that is too dark to find one in."""


def resolve_settled(frames: Iterable[Frame]) -> Iterator[Frame]:
    """Pass frames on, with ``settled`` true or false in each.

    A camera that says itself whether it has settled is believed. Of another, a frame is settled if its brightness (the
    exposure, where the camera tells that) changes by less than :data:`STEADY_CHANGE_PER_SECOND` until the next frame,
    and the picture is not black. Once settled is settled for good, and so is what comes :data:`SETTLING_SECONDS` after
    the first frame. To know this, frames are held back until the next one comes, as long as nothing has settled; so a
    recording of even brightness counts from its very first frame.
    """
    source = iter(frames)
    held = next(source, None)
    if held is None:
        return
    until = held.timestamp + SETTLING_SECONDS
    while not (held.settled or held.timestamp >= until):
        following = next(source, None)
        if following is None:
            yield replace(held, settled=held.settled is None)
            return
        if held.settled is None and _is_steady(held, following):
            yield replace(held, settled=True)
            held = following
            break
        yield replace(held, settled=False)
        held = following
    yield replace(held, settled=True)
    for frame in source:
        yield replace(frame, settled=True)


def _is_steady(frame: Frame, following: Frame) -> bool:
    one, other = _brightness(frame), _brightness(following)
    seconds = following.timestamp - frame.timestamp
    exposes = frame.exposure is not None
    return (exposes or one >= _BLACK) and abs(other - one) <= STEADY_CHANGE_PER_SECOND * seconds * max(one, other)


def _brightness(frame: Frame) -> float:
    if frame.exposure is not None:
        return frame.exposure
    return _level(frame.luma)


def _level(luma: Luma) -> float:
    return float(luma[::_PIXELS_APART, ::_PIXELS_APART].mean())


@dataclass(frozen=True, slots=True)
class LightReading:
    """The light of one frame."""

    picture_level: float
    """Mean of the picture, 0–255."""

    face_level: float | None
    """Mean of the largest face's crop, 0–255, None where there is none."""

    flat: bool
    """Whether that crop is so flat that its contrast is stretched."""

    lux: float | None
    """Light on the scene, None from a camera that tells nothing of it."""


def read_light(frame: Frame, crop: Luma | None) -> LightReading:
    """Measure the light of a frame and of the crop of its largest face, as the camera gave it."""
    lux = _LUX_SECONDS / frame.exposure if frame.lux is None and frame.exposure else frame.lux
    if crop is None:
        return LightReading(_level(frame.luma), None, flat=False, lux=lux)
    return LightReading(_level(frame.luma), float(crop.mean()), flat=is_flat(crop), lux=lux)


@dataclass(slots=True)
class _Mean:
    """The mean of what was added."""

    total: float = 0.0
    count: int = 0

    def add(self, value: float) -> None:
        self.total += value
        self.count += 1

    @property
    def value(self) -> float | None:
        return self.total / self.count if self.count else None


@dataclass(slots=True)
class LightMeter:
    """Judges the light of one observation by that of its settled frames."""

    _lux: _Mean = field(default_factory=_Mean)
    _face: _Mean = field(default_factory=_Mean)
    _picture: _Mean = field(default_factory=_Mean)
    _flat: _Mean = field(default_factory=_Mean)

    def add(self, light: LightReading) -> None:
        """Take the light of one frame."""
        self._picture.add(light.picture_level)
        if light.lux is not None:
            self._lux.add(light.lux)
        if light.face_level is not None:
            self._face.add(light.face_level)
            self._flat.add(light.flat)

    @property
    def lux(self) -> float | None:
        """Mean light on the scene, None from a camera that tells nothing of it."""
        return self._lux.value

    @property
    def flat_share(self) -> float:
        """Share of the crops whose contrast was so poor that it was stretched, in [0, 1]."""
        return self._flat.value or 0.0

    @property
    def word(self) -> LightWord:
        """How much light there is: by the lux, else by the faces, else by the pictures."""
        measures = (
            (self._lux.value, DARK_LUX, DIM_LUX),
            (self._face.value, _DARK_LEVEL, _DIM_LEVEL),
            (self._picture.value, _DARK_PICTURE, _DARK_PICTURE),
        )
        for value, dark, dim in measures:
            if value is not None:
                return "dark" if value < dark else "dim" if value < dim else "good"
        return "unknown"

    @property
    def hint(self) -> str:
        """What is wrong with the light and what helps, empty if it is good or not known."""
        if self.word not in {"dark", "dim"}:
            return ""
        mend = "turn a light on in front of you"
        if self._lux.value is not None:
            return f"the room is {self.word}: the face was lit with about {self._lux.value:.0f} lux; {mend}"
        if self._face.value is not None:
            return f"the room is {self.word}: the face's brightness was {self._face.value:.0f} of 255; {mend}"
        return f"the room is {self.word}: the picture's brightness was {self._picture.value:.0f} of 255; {mend}"
