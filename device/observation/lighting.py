"""Whether there is enough light to read a face by."""

from dataclasses import dataclass, field
from typing import Literal

from device.camera.camera import Frame, Luma
from device.camera.exposure import brightness_of
from device.faces.crop import is_flat

LightWord = Literal["good", "dim", "dark", "unknown"]

DARK_LUX, DIM_LUX = 10.0, 40.0
"""Less light than this is dark, or dim: a candle's at a metre is 1 lux, a living room's in the evening 50."""

_LUX_SECONDS = 21.0
"""Lux times exposure (seconds × gain) of a picture of medium brightness; from libcamera's tuning of the Pi's second
camera module: 980 lux for 22 ms."""

_DARK_LEVEL, _DIM_LEVEL = 40, 60
"""The same as the mean of a face's crop, 0–255, where the camera tells no lux. 2 % of FERPlus's faces are below 60."""

_DARK_PICTURE = 25
"""Mean of a whole picture without a face that is too dark to find one in."""


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


def read_light(frame: Frame, crop: Luma | None) -> LightReading:
    """Measure the light of a frame and of the crop of its largest face, as the camera gave it."""
    lux = _LUX_SECONDS / frame.exposure if frame.lux is None and frame.exposure else frame.lux
    if crop is None:
        return LightReading(brightness_of(frame.luma), None, flat=False, lux=lux)
    return LightReading(brightness_of(frame.luma), float(crop.mean()), flat=is_flat(crop), lux=lux)
