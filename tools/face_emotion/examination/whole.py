"""Finds and cuts the faces of whole pictures as ``predict-face`` and the box do, so that they can be measured with."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from device.faces.detector import FaceDetector
from tools.face_emotion.datasets.examples import FaceExamples
from tools.face_emotion.datasets.originals import originals_of
from tools.face_emotion.prediction import cut_face

LARGEST = 1024
"""Pixels of a picture's longer side; what is larger is reduced before a face is looked for."""


def cut_by_box(
    examples: FaceExamples, paths: Sequence[Path], detector: FaceDetector, console: Console, *, size: int
) -> tuple[FaceExamples, int]:
    """Replace crops, each a picture as a whole, by the largest face that is found in the picture.

    :param examples: as they were read from ``paths``; a picture of the size of a crop is taken for one.
    :param size: of the crops, as the model reads them: width and height in pixels.
    :returns: the examples in which a face was found, and in how many none was.
    """
    pictures = originals_of(examples.crops, paths, largest=LARGEST)
    searched = track(pictures, "looking for faces", console=console, transient=True)
    crops = [cut_face(picture, detector, size) for picture in searched]
    found = np.array([crop is not None for crop in crops], dtype=np.bool_)
    kept = [crop for crop in crops if crop is not None]
    cut = np.array(kept, dtype=np.uint8).reshape(-1, size, size)
    return replace(examples.select(found), crops=cut), int(np.sum(~found))
