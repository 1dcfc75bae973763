"""A room with a head in it, drawn around a tight face crop: what a camera would show the box."""

import cv2
import numpy as np
from numpy.typing import NDArray

from device.camera.camera import Luma
from device.faces.crop import CROP_SIZE

WIDTH, HEIGHT = 640, 480

_SIDE = 2 * CROP_SIZE  # a head is drawn as a square with the crop in its middle
_LEAST_BLUR = 0.2  # standard deviation in pixels: less is not to be seen


class Scene:
    """Puts a face into a room: a head before a wall, moving, leaning, nearer and further, in changing light."""

    def __init__(self, seed: int, *, size: float | None = None) -> None:
        generator = np.random.default_rng(seed)
        coarse = generator.uniform(40, 190, (6, 8)).astype(np.float32)
        wall = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        self._wall = np.asarray(wall, dtype=np.float32)
        self._noise = generator.normal(0, generator.uniform(2, 6), (2 * HEIGHT, 2 * WIDTH)).astype(np.float32)
        self._size = size or generator.uniform(100, 200)  # of the crop, in pixels
        self._place = generator.uniform((240, 200), (400, 280))
        self._light = generator.uniform(0.6, 1.1)
        self._blur = generator.uniform(0, 1.2)
        self._phases = generator.uniform(0, 2 * np.pi, (7, 2))
        self._rates = generator.uniform(0.1, 1.2, (7, 2))  # Hz
        self._trembling = generator

    def draw(self, face: NDArray[np.float32], facing: float, seconds: float) -> Luma:
        """Return the frame ``(480, 640)``; ``facing`` 0 shows the back of the head."""
        sway = np.sin(2 * np.pi * self._rates * seconds + self._phases).sum(axis=1) / 2
        tremble = self._trembling.normal(0, 1, 4)
        size = self._size * (1 + 0.06 * sway[0] + 0.004 * tremble[0])
        middle = self._place + np.array((18 * sway[1] + tremble[1], 12 * sway[2] + tremble[2]))
        lean = 4 * sway[3] + 0.4 * tremble[3]
        turn = np.asarray(cv2.getRotationMatrix2D((_SIDE / 2, _SIDE / 2), lean, size / CROP_SIZE), dtype=np.float64)
        reach = int(1.3 * size)  # what lies further from the middle is wall
        left, top = (max(int(at) - reach, 0) for at in middle)
        turn[:, 2] += middle - (left, top) - _SIDE / 2
        around = (slice(top, int(middle[1]) + reach), slice(left, int(middle[0]) + reach))
        picture = self._wall.copy()
        picture[around] = self._draw_head(_head(face, facing), turn, picture[around], 0.8 * max(float(sway[4]), 0.0))
        row, column = self._trembling.integers((HEIGHT, WIDTH))
        noise = self._noise[row : row + HEIGHT, column : column + WIDTH]
        gain = self._light * (1 + 0.15 * sway[5])
        return np.asarray(cv2.addWeighted(picture, gain, noise, 1, 0, dtype=cv2.CV_8U), dtype=np.uint8)

    def _draw_head(
        self, head: NDArray[np.float32], turn: NDArray[np.float64], wall: NDArray[np.float32], motion_blur: float
    ) -> NDArray[np.float32]:
        size = wall.shape[::-1]
        drawn = cv2.warpAffine(head, turn, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        picture = wall + cv2.warpAffine(_MASK, turn, size) * (drawn - wall)
        blur = self._blur + motion_blur
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), blur) if blur > _LEAST_BLUR else picture, np.float32)


def _head(face: NDArray[np.float32], facing: float) -> NDArray[np.float32]:
    """Continue a tight crop outwards to a head, ``(96, 96)``: its edge repeated, ever more blurred; or only hair."""
    border = CROP_SIZE // 2
    head = cv2.copyMakeBorder(face, border, border, border, border, cv2.BORDER_REPLICATE)
    blurred = cv2.GaussianBlur(head, (0, 0), 6)
    head = _INSIDE * head + (1 - _INSIDE) * blurred
    if facing < 1:
        hair = 0.6 * cv2.GaussianBlur(head, (0, 0), 12)
        head = np.float32(facing) * head + np.float32(1 - facing) * hair
    return np.asarray(head, dtype=np.float32)


def _ellipse(half_width: float, half_height: float, softness: float) -> NDArray[np.float32]:
    y, x = (np.mgrid[:_SIDE, :_SIDE] - (_SIDE - 1) / 2) / CROP_SIZE
    distance = np.hypot(x / half_width, y / half_height)
    return np.asarray(np.clip((1 - distance) / softness + 0.5, 0, 1), dtype=np.float32)


_MASK = _ellipse(0.8, 0.9, 0.12)
_INSIDE = cv2.GaussianBlur(
    cv2.copyMakeBorder(
        np.ones((CROP_SIZE - 4, CROP_SIZE - 4), np.float32), *(4 * (CROP_SIZE // 2 + 2,)), cv2.BORDER_CONSTANT
    ),
    (0, 0),
    1.5,
)
