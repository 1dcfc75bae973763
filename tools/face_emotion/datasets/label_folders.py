"""Reads pictures that lie in a folder for each label, as CK+48 ships and as an owner's own are easily kept.

    anger/S010_004_00000017.png          every picture is a face crop, of any size; it is greyed and scaled to 48 × 48
    train/angry/1.jpg, test/angry/2.jpg  a level above may say what the pictures are for

Names in CK+'s form (subject S010, its film 004, frame 17) tell who and which film is shown; the last frame of a film is
its peak, for CK+'s films go from a neutral face to the height of an expression (Lucey et al. 2010).
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.progress import track

from device.camera.camera import Luma
from device.emotion.labels import FACE_LABELS
from device.faces.crop import resize_crop
from tools.console import CleanConsole
from tools.digests import joint_digest
from tools.errors import DatasetError
from tools.face_emotion.datasets.examples import FaceExamples, unanimous
from tools.face_emotion.datasets.pictures import decode_grey, pictures_below

SYNONYMS = {
    "anger": ("angry",),
    "disgust": ("disgusted",),
    "fear": ("afraid", "fearful", "scared"),
    "happiness": ("happy", "joy", "joyful"),
    "sadness": ("sad",),
    "surprise": ("surprised",),
    "neutral": (),
    "contempt": ("contemptuous",),
}
"""Further names that a label's folder may have; upper or lower case does not matter."""

_LABELS = {word: FACE_LABELS.index(label) for label, words in SYNONYMS.items() for word in (label, *words)}
_USAGES = {
    **dict.fromkeys(("training", "train"), "Training"),
    **dict.fromkeys(("publictest", "validation", "valid", "val"), "PublicTest"),
    **dict.fromkeys(("privatetest", "test", "testing"), "PrivateTest"),
}
_CKPLUS_NAME = re.compile(r"(?P<sequence>(?P<subject>S\d{3})_\d{3})_(?P<frame>\d{8})", re.ASCII)
_NAMED = 10  # unreadable pictures that a message names


class _Picture(NamedTuple):
    path: Path
    usage: str
    label: int


@dataclass(frozen=True, slots=True)
class LabelFolders:
    """What a folder of label folders holds.

    ``sha256`` is over the names and contents of all pictures; ``unreadable`` names those that OpenCV cannot read;
    ``ckplus`` says whether every name has CK+'s form.
    """

    examples: FaceExamples
    sha256: str
    unreadable: tuple[str, ...]
    ckplus: bool


def label_called(word: str) -> int | None:
    """Return the index of the label that a word names, upper or lower case; None if it names none."""
    return _LABELS.get(word.casefold())


def holds_label_folders(folder: Path) -> bool:
    """Say whether a folder, or a folder for a use in it, has a subfolder that is named like a label."""
    levels = [folder, *(child for child in _subfolders(folder) if child.name.casefold() in _USAGES)]
    return any(child.name.casefold() in _LABELS for level in levels for child in _subfolders(level))


def read_label_folders(folder: Path) -> LabelFolders:
    """Read every picture; unreadable ones are passed over and named.

    :raises DatasetError: if a subfolder is named neither like a label nor like a use, or no picture can be read.
    """
    pictures = list(_pictures(folder))
    crops, read, unreadable, digests = [], [], [], {}
    for picture in track(pictures, "reading pictures", console=CleanConsole(stderr=True), transient=True):
        name = picture.path.relative_to(folder).as_posix()
        content = _content(picture.path)
        digests[name] = hashlib.sha256(content).hexdigest()
        grey = decode_grey(content)
        if grey is None:
            unreadable.append(name)
        else:
            crops.append(resize_crop(grey))
            read.append(picture)
    if not read:
        what = f"{folder}: none of its {len(pictures)} pictures can be read ({name_some(unreadable)})"
        raise DatasetError(what, mend="put pictures that open in a viewer into the label folders")
    names = [_CKPLUS_NAME.fullmatch(picture.path.stem) for picture in read]
    return LabelFolders(_examples(crops, read, names), joint_digest(digests), tuple(unreadable), all(names))


def name_some(names: Sequence[str]) -> str:
    """List the first few names, and say how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _pictures(folder: Path) -> Iterator[_Picture]:
    for child in _subfolders(folder):
        usage = _USAGES.get(child.name.casefold())
        if usage is None:
            yield from (_Picture(path, "Training", _label(child)) for path in pictures_below(child))
        else:
            for labelled in _subfolders(child):
                yield from (_Picture(path, usage, _label(labelled)) for path in pictures_below(labelled))


def _label(folder: Path) -> int:
    label = label_called(folder.name)
    if label is None:
        what = f"{folder}: {folder.name!r} is no label"
        words = "; ".join(", ".join((label, *words)) for label, words in SYNONYMS.items())
        raise DatasetError(what, mend=f"name the folder after its label ({words}), or take it out")
    return label


def _subfolders(folder: Path) -> list[Path]:
    children = (child for child in folder.iterdir() if child.is_dir())
    return sorted(child for child in children if not child.name.startswith((".", "__")))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        what = f"{path}: {error.strerror}"
        raise DatasetError(what, mend="make the file readable, or take it out of the folder") from error


def _examples(
    crops: Sequence[Luma], pictures: Sequence[_Picture], names: Sequence[re.Match[str] | None]
) -> FaceExamples:
    labels = np.array([picture.label for picture in pictures], dtype=np.int64)
    sequences = np.array([name["sequence"] if name else "" for name in names])
    frames = np.array([int(name["frame"]) if name else 0 for name in names])
    return FaceExamples(
        crops=np.array(crops, dtype=np.uint8),
        labels=labels,
        votes=unanimous(labels),
        usages=np.array([picture.usage for picture in pictures]),
        subjects=np.array([name["subject"] if name else "" for name in names]),
        sequences=sequences,
        peaks=np.array(
            [
                sequence != "" and FACE_LABELS[label] != "neutral" and frame == frames[sequences == sequence].max()
                for sequence, frame, label in zip(sequences, frames, labels, strict=True)
            ]
        ),
    )
