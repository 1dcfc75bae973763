"""Finds the pictures that crops were made of, for those who need more than a crop holds.

Examples carry crops of one size, whatever their files hold. A crop is known again by its pixels: every picture of a
label folder or of an archive is cut as for training, and compared.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from device.camera.camera import Luma
from device.faces.crop import resize_crop
from device.files.untrusted import open_regular
from tools.face_emotion.datasets.face_archives import files_of
from tools.face_emotion.datasets.pictures import PICTURE_SUFFIXES, decode_grey, pictures_below

LARGEST = 256
"""Pixels of a cut face's longer side that a scene makes use of."""

_MOST_BYTES = 2**24


def originals_of(crops: NDArray[np.uint8], paths: Sequence[Path], *, largest: int = LARGEST) -> list[Luma]:
    """Return the picture ``(height, width)`` that each crop was made of; the crop itself where there is none larger.

    :param crops: ``(n, size, size)``, as :mod:`tools.face_emotion.datasets.collection` reads them from ``paths``.
    :param largest: pixels of a picture's longer side; what is larger is reduced.
    :raises DatasetError: if an archive of ``paths`` cannot be read.
    """
    wanted = {crop.tobytes() for crop in crops}
    found: dict[bytes, Luma] = {}
    for content in (content for path in paths for content in _contents(path)):
        picture = decode_grey(content)
        if picture is None or min(picture.shape) <= crops.shape[1]:
            continue
        key = resize_crop(picture).tobytes()
        if key in wanted:
            found[key] = _reduced(picture, largest)
    return [found.get(crop.tobytes(), crop) for crop in crops]


def _contents(path: Path) -> Iterator[bytes]:
    """Yield the bytes of every picture in a folder and in its archives; what is too large or unreadable is left out."""
    if not path.is_dir():
        return
    for archive in sorted(path.glob("*.tar")):
        yield from (content for _, content in files_of(archive, _is_picture, largest=_MOST_BYTES) if content)
    for picture in pictures_below(path):
        try:
            with open_regular(picture, follow_links=True) as file:
                yield file.read(_MOST_BYTES)
        except OSError:
            continue


def _is_picture(name: str) -> bool:
    return Path(name).suffix.lower() in PICTURE_SUFFIXES


def _reduced(picture: Luma, largest: int) -> Luma:
    scale = largest / max(picture.shape)
    if scale >= 1:
        return picture
    size = (max(round(picture.shape[1] * scale), 1), max(round(picture.shape[0] * scale), 1))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
