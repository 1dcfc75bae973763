"""What living rooms, cameras and people do to a picture of a face, each by itself and by a stated amount.

They stand in for the real thing: a turned head is a picture wrapped round a cylinder, spectacles and beards are drawn.
Every change is made by the place of the face that the box's detector found in the undisturbed scene.
"""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from device.camera.camera import Luma
from device.faces.detector import FaceBox

Change = Callable[[Luma, FaceBox, np.random.Generator], Luma]
"""From a scene ``(height, width)``, 0–255, and the face in it to the same scene disturbed; chance by the generator."""

# Places in the square that the Haar cascade draws around a face, as shares of its side: medians by eye over CK+.
_EYES_DOWN, _EYE_ASIDE = 0.40, 0.20
_MOUTH_DOWN = 0.77

_GLASS = 0.15

_DARK = 40.0  # grey level of what is drawn


@dataclass(frozen=True, slots=True)
class Disturbance:
    """One condition: ``key`` names it in tables for machines, ``title`` in those for people."""

    key: str
    title: str
    change: Change
    stand_in: bool = False
    """Whether it only resembles what it is named after, such as drawn spectacles."""

    def apply(self, scene: Luma, face: FaceBox, *, seed: int, row: int) -> Luma:
        """Disturb the scene of an example; seed, row and key decide all that is left to chance."""
        generator = np.random.default_rng([seed, row, zlib.crc32(self.key.encode())])
        return self.change(scene, face, generator)


def _dim(light: float) -> Change:
    """Leave a share of the light; the camera's own noise, one grey level, stays."""
    return lambda scene, _face, generator: _grey(
        scene * np.float32(light) + generator.standard_normal(scene.shape, dtype=np.float32)
    )


def _flat(scene: Luma, _face: FaceBox, _generator: np.random.Generator) -> Luma:
    """Lay haze over all: 35 % of the contrast, and a grey veil."""
    return _grey(scene * np.float32(0.35) + 90)


def _side_light(scene: Luma, face: FaceBox, generator: np.random.Generator) -> Luma:
    """Light one side of the face fully and the other with 15 %, falling off smoothly in between."""
    across = (np.arange(scene.shape[1], dtype=np.float32) - face.x) / face.width
    if generator.random() < 0.5:  # noqa: PLR2004 - either side
        across = 1 - across
    fall = np.clip(across, 0, 1)
    light = 1 - np.float32(0.85) * fall * fall * (3 - 2 * fall)
    return _grey(scene * light)


def _back_light(scene: Luma, face: FaceBox, _generator: np.random.Generator) -> Luma:
    """Set the face before a window: it keeps 30 % of its light, the surroundings are near white, some of it spills."""
    inside = np.zeros(scene.shape, dtype=np.float32)
    _oval(inside, face, (0.5, 0.5), (0.55, 0.72), 1.0)
    inside = np.asarray(cv2.GaussianBlur(inside, (0, 0), 0.06 * face.width), dtype=np.float32)
    return _grey(inside * (scene * np.float32(0.3) + 25) + (1 - inside) * 235)


def _small(pixels: int) -> Change:
    """Move the person away, until the face is so many pixels wide in a frame of 320 × 240."""

    def change(scene: Luma, face: FaceBox, _generator: np.random.Generator) -> Luma:
        scale = pixels / face.width
        size = (max(round(scene.shape[1] * scale), 1), max(round(scene.shape[0] * scale), 1))
        small = cv2.resize(scene, size, interpolation=cv2.INTER_AREA)
        beside, above = max(320 - size[0], 0), max(240 - size[1], 0)
        edges = (above // 2, above - above // 2, beside // 2, beside - beside // 2)
        wide = cv2.copyMakeBorder(small, *edges, cv2.BORDER_REPLICATE)
        left, top = (wide.shape[1] - 320) // 2, (wide.shape[0] - 240) // 2
        return np.asarray(wide[top : top + 240, left : left + 320], dtype=np.uint8)

    return change


def _spectacles(scene: Luma, face: FaceBox, _generator: np.random.Generator) -> Luma:
    """Draw dark frames with two round glasses, a bridge and the beginnings of the temples."""
    drawn, stroke = scene.copy(), max(round(0.02 * face.width), 1)
    inner, outer = _EYE_ASIDE - _GLASS, _EYE_ASIDE + _GLASS
    for side in (-1, 1):
        _oval(drawn, face, (0.5 + side * _EYE_ASIDE, _EYES_DOWN), (_GLASS, 0.8 * _GLASS), _DARK, stroke=stroke)
        for start, end in ((0.0, inner), (outer, 0.5)):
            ends = [_place(face, 0.5 + side * share, _EYES_DOWN) for share in (start, end)]
            cv2.line(drawn, ends[0], ends[1], (_DARK,), stroke, cv2.LINE_AA)
    return drawn


def _beard(scene: Luma, face: FaceBox, generator: np.random.Generator) -> Luma:
    """Darken cheeks, chin and upper lip with the grain of hair; the lips stay free."""
    mask = np.zeros(scene.shape, dtype=np.float32)
    _oval(mask, face, (0.5, 0.70), (0.40, 0.36), 1.0, end_degrees=180)
    _oval(mask, face, (0.5, _MOUTH_DOWN), (0.22, 0.11), 1.0)
    _oval(mask, face, (0.5, _MOUTH_DOWN), (0.16, 0.065), 0.0)
    mask = np.float32(0.75) * np.asarray(cv2.GaussianBlur(mask, (0, 0), 0.015 * face.width), dtype=np.float32)
    hair = _DARK + 12 * generator.standard_normal(scene.shape, dtype=np.float32)
    return _grey((1 - mask) * scene + mask * hair)


def _covered(scene: Luma, face: FaceBox, _generator: np.random.Generator) -> Luma:
    """Hold something plain, a cup or a hand, before the mouth."""
    covered = scene.copy()
    skin = float(np.median(scene[max(face.y, 0) : face.y + face.height, max(face.x, 0) : face.x + face.width]))
    _oval(covered, face, (0.5, 0.85), (0.3, 0.22), skin)
    return covered


def _turned(degrees: float) -> Change:
    """Turn the head to one side: the picture lies on an upright cylinder a little wider than the face.

    The nose does not stand out and nothing new comes into view, so that a real turn may be worse. A place at share u of
    the radius comes from sin(asin u − turn).
    """

    def change(scene: Luma, face: FaceBox, generator: np.random.Generator) -> Luma:
        turn = np.deg2rad(degrees) * (1 if generator.random() < 0.5 else -1)  # noqa: PLR2004 - either side
        radius, middle = 0.62 * face.width, face.x + face.width / 2
        columns = np.arange(scene.shape[1], dtype=np.float32)
        share = (columns - middle) / radius
        angle = np.clip(np.arcsin(np.clip(share, -1, 1)) - turn, -np.pi / 2, np.pi / 2)
        sources = np.where(np.abs(share) < 1, middle + radius * np.sin(angle), columns).astype(np.float32)
        rows = np.arange(scene.shape[0], dtype=np.float32)
        across, down = np.meshgrid(sources, rows)
        return np.asarray(cv2.remap(scene, across, down, cv2.INTER_LINEAR), dtype=np.uint8)

    return change


def _leaning(degrees: float) -> Change:
    """Lean the head to one side."""

    def change(scene: Luma, face: FaceBox, generator: np.random.Generator) -> Luma:
        lean = degrees if generator.random() < 0.5 else -degrees  # noqa: PLR2004 - either side
        middle = (face.x + face.width / 2, face.y + face.height / 2)
        matrix = cv2.getRotationMatrix2D(middle, lean, 1.0)
        size = (scene.shape[1], scene.shape[0])
        return np.asarray(cv2.warpAffine(scene, matrix, size, borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8)

    return change


def _out_of_focus(scene: Luma, face: FaceBox, _generator: np.random.Generator) -> Luma:
    """Blur by a Gaussian whose σ is 4 % of the face's width."""
    return np.asarray(cv2.GaussianBlur(scene, (0, 0), 0.04 * face.width), dtype=np.uint8)


def _moving(scene: Luma, face: FaceBox, generator: np.random.Generator) -> Luma:
    """Blur along a line, as long as 15 % of the face's width, in any direction."""
    length = max(round(0.15 * face.width), 2) | 1
    angle, half = generator.uniform(0, np.pi), length // 2
    kernel = np.zeros((length, length), dtype=np.float32)
    reach = np.array([np.cos(angle), np.sin(angle)]) * half
    ends = [(round(half + sign * reach[0]), round(half + sign * reach[1])) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], (1.0,), 1)
    blurred = cv2.filter2D(scene, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, dtype=np.uint8)


def _noisy(scene: Luma, _face: FaceBox, generator: np.random.Generator) -> Luma:
    """Add noise with a standard deviation of 20 grey levels to every pixel."""
    return _grey(scene + 20 * generator.standard_normal(scene.shape, dtype=np.float32))


def _jpeg(scene: Luma, _face: FaceBox, _generator: np.random.Generator) -> Luma:
    """Pack the scene as a JPEG of quality 15, as a poor USB camera does."""
    _, packed = cv2.imencode(".jpg", scene, [cv2.IMWRITE_JPEG_QUALITY, 15])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def _place(face: FaceBox, across: float, down: float) -> tuple[int, int]:
    """Return the pixel at these shares of the face's square."""
    return round(face.x + across * face.width), round(face.y + down * face.height)


def _oval(  # noqa: PLR0913 - as OpenCV's own
    picture: "NDArray[np.float32] | Luma",
    face: FaceBox,
    middle: tuple[float, float],
    radii: tuple[float, float],
    value: float,
    *,
    stroke: int = -1,
    end_degrees: float = 360,
) -> None:
    """Draw an ellipse, filled unless a stroke is given, at these shares of the face's square."""
    axes = (round(radii[0] * face.width), round(radii[1] * face.height))
    line = cv2.LINE_AA if stroke > 0 else cv2.LINE_8
    cv2.ellipse(picture, _place(face, *middle), axes, 0, 0, end_degrees, (value,), stroke, line)


def _grey(values: NDArray[np.float32]) -> Luma:
    return np.asarray(np.clip(np.rint(values), 0, 255), dtype=np.uint8)


DISTURBANCES: Sequence[Disturbance] = (
    Disturbance("dim_25", "dim: a quarter of the light", _dim(0.25)),
    Disturbance("dim_15", "dim: 15 % of the light", _dim(0.15)),
    Disturbance("flat", "flat: 35 % of the contrast", _flat),
    Disturbance("side_light", "light from the side: 15 % on the other", _side_light),
    Disturbance("back_light", "before a window: 30 % of the light", _back_light),
    Disturbance("small_40", "small: 40 pixels wide", _small(40)),
    Disturbance("small_30", "small: 30 pixels wide", _small(30)),
    Disturbance("turned_15", "turned by 15°", _turned(15), stand_in=True),
    Disturbance("turned_30", "turned by 30°", _turned(30), stand_in=True),
    Disturbance("leaning_15", "leaning by 15°", _leaning(15)),
    Disturbance("spectacles", "spectacles", _spectacles, stand_in=True),
    Disturbance("beard", "beard", _beard, stand_in=True),
    Disturbance("covered", "mouth covered", _covered, stand_in=True),
    Disturbance("focus", "out of focus: σ of 4 % of its width", _out_of_focus),
    Disturbance("motion", "moving by 15 % of its width", _moving),
    Disturbance("noise", "noise of 20 grey levels", _noisy),
    Disturbance("jpeg", "JPEG of quality 15", _jpeg),
)
"""In the order of the tables."""
