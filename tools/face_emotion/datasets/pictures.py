"""Finds and decodes pictures of any common form."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from device.camera.camera import Luma

PICTURE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".tif", ".tiff", ".webp"})
"""The endings, in lower case, by which a file counts as a picture."""


def pictures_below(folder: Path) -> Iterator[Path]:
    """Yield every picture in a folder and its subfolders, by path; hidden files and folders are left out."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith((".", "__")) for part in path.relative_to(folder).parts)
        if not hidden and path.suffix.lower() in PICTURE_SUFFIXES and path.is_file():
            yield path


def decode_grey(content: bytes) -> Luma | None:
    """Decode a picture file to grey, ``(height, width)`` of 0–255; None if OpenCV cannot read it."""
    try:
        picture = cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error:  # an empty file
        return None
    return None if picture is None else np.asarray(picture, dtype=np.uint8)
