"""From a picture with a face in it to the square crop that a face model sees.

Training (``tools``) and the box call these same functions, so their framing cannot diverge.
"""

import numpy as np

from device.camera.camera import Luma
from device.faces.detector import FaceBox

CROP_SIZE = 48
"""Width and height of a crop in pixels, as in CK+ and FER2013; a model may read larger ones, and its file says so."""

FLAT_SPAN = 110
"""A crop whose grey levels (without the darkest and the lightest hundredth) span less is flat: dim light, or haze.
1 % of FERPlus's training pictures do."""

MOST_STRETCH = 4.0
"""A flat crop's contrast is raised at most so much: more would show the camera's noise instead of the face."""


def crop_face(luma: Luma, box: FaceBox, size: int = CROP_SIZE) -> Luma:
    """Cut a box out of a frame, turn it upright and scale it to the model's input size.

    A box that reaches over the edges keeps its framing: what the frame does not show repeats the frame's edge. Both
    this and turning the head upright are worth several points of accuracy (``tests/benchmarks/README.md``).

    :param luma: grey frame, ``(height, width)``, 0–255.
    :param box: may reach over the edges.
    :param size: the model's, width and height in pixels.
    :returns: ``(size, size)``, 0–255, area-averaged when shrinking.
    :raises ValueError: if box and frame do not overlap.
    """
    height, width = luma.shape
    right, bottom = box.x + box.width, box.y + box.height
    if box.x >= width or box.y >= height or right <= 0 or bottom <= 0:
        msg = f"{box} lies outside a frame of {width} × {height} pixels"
        raise ValueError(msg)
    if not box.tilt_degrees and box.x >= 0 and box.y >= 0 and right <= width and bottom <= height:
        return resize_crop(luma[box.y : bottom, box.x : right], size)
    import cv2  # noqa: PLC0415 - a workstation that only packs releases does without OpenCV

    middle = (box.x + (box.width - 1) / 2, box.y + (box.height - 1) / 2)
    turn_and_cut = cv2.getRotationMatrix2D(middle, box.tilt_degrees, 1.0) - np.array([(0, 0, box.x), (0, 0, box.y)])
    upright = cv2.warpAffine(luma, turn_and_cut, (box.width, box.height), borderMode=cv2.BORDER_REPLICATE)
    return resize_crop(np.asarray(upright, dtype=np.uint8), size)


def resize_crop(luma: Luma, size: int = CROP_SIZE) -> Luma:
    """Scale any grey picture to ``(size, size)``; one that has this size already is returned unchanged."""
    if luma.shape == (size, size):
        return luma
    import cv2  # noqa: PLC0415

    scaled = cv2.resize(luma, (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(scaled, dtype=np.uint8)


def stretch_contrast(crop: Luma) -> Luma:
    """Spread the grey levels of a flat crop over 0–255; any other is returned unchanged.

    In dim light the model reads more faces rightly for it; pictures in good light lose nothing
    (``tests/benchmarks/README.md`` has the figures).

    :param crop: grey, ``(height, width)``, 0–255.
    """
    darkest, lightest = _grey_span(crop)
    if lightest - darkest >= FLAT_SPAN:
        return crop
    factor = min(255 / max(lightest - darkest, 1), MOST_STRETCH)
    levels = np.clip(np.rint((np.arange(256) - darkest) * factor), 0, 255).astype(np.uint8)
    return np.asarray(levels[crop])


def is_flat(crop: Luma) -> bool:
    """Whether :func:`stretch_contrast` has something to do."""
    darkest, lightest = _grey_span(crop)
    return lightest - darkest < FLAT_SPAN


def _grey_span(crop: Luma) -> tuple[int, int]:
    """Return the grey levels below which a hundredth, and ninety-nine hundredths, of a crop's pixels lie."""
    shares = np.bincount(crop.ravel(), minlength=256).cumsum() / crop.size
    darkest, lightest = np.searchsorted(shares, (0.01, 0.99))
    return int(darkest), int(lightest)
