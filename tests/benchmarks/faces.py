"""How many faces the quick look and each step of the patient search find, and how long they take, side by side.

    python tests/benchmarks/faces.py --pictures FOLDER [--repeat 3]

FOLDER holds whole pictures, at best one face in each; a second run over pictures without any face gives the false
finds. Printed for each way of searching: the share of pictures with a find, the share whose chosen face leans, and the
milliseconds per picture on one thread (median and 95th percentile of the best of ``--repeat``). The last line tells how
the patient search frames the faces that the quick look finds as well: ratio of the widths and distance of the middles.
"""

import argparse
import time
from pathlib import Path

import cv2
import numpy as np

from device.appliance.drivers import build_detector
from device.camera.camera import Luma
from device.faces.detector import FaceBox, choose_face
from device.faces.haar_face_detector import PATIENT_STEPS, HaarFaceDetector
from device.settings.sections import FaceSettings


def read(folder: Path) -> list[Luma]:
    """Read every picture below a folder in grey; what is none is left out."""
    pictures = [cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in sorted(folder.rglob("*")) if path.is_file()]
    return [np.asarray(picture, dtype=np.uint8) for picture in pictures if picture is not None]


def search(detector: HaarFaceDetector, picture: Luma, repeat: int) -> tuple[FaceBox | None, float]:
    """Return the face that would be chosen and the shortest time taken, in milliseconds."""
    times, face = [], None
    for _ in range(repeat):
        started = time.perf_counter()
        face = choose_face(detector.detect(picture))
        times.append(time.perf_counter() - started)
    return face, 1000 * min(times)


def report(name: str, faces: list[FaceBox | None], milliseconds: list[float]) -> None:
    """Print one way of searching."""
    found = [face for face in faces if face is not None]
    leaning = sum(face.tilt_degrees != 0 for face in found)
    median, high = np.percentile(milliseconds, (50, 95))
    print(
        f"{name:<16} found {len(found) / len(faces):6.1%} ({len(found)} of {len(faces)})  leaning "
        f"{leaning / len(faces):5.1%}  median {median:6.1f} ms  95 % below {high:6.1f} ms"
    )


def report_framing(quick: list[FaceBox | None], patient: list[FaceBox | None]) -> None:
    """Print how the boxes of the faces that both found differ."""
    pairs = [(one, other) for one, other in zip(quick, patient, strict=True) if one is not None and other is not None]
    ratios = [other.width / one.width for one, other in pairs]
    apart = [
        np.hypot(one.x - other.x + (one.width - other.width) / 2, one.y - other.y + (one.height - other.height) / 2)
        / one.width
        for one, other in pairs
    ]
    if pairs:
        print(f"same pictures    width ratio {np.median(ratios):.3f}, middles {np.median(apart):.3f} widths apart")


def main() -> None:
    """Print the quick look and the patient search cut off after each of its steps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, required=True)
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    pictures = read(arguments.pictures)
    detectors = {"quick": build_detector(FaceSettings())}
    for steps in range(1, len(PATIENT_STEPS) + 1):
        detectors[f"patient, {steps} step{'s'[: steps > 1]}"] = HaarFaceDetector.patient(steps=PATIENT_STEPS[:steps])
    chosen: list[list[FaceBox | None]] = []
    for name, detector in detectors.items():
        searched = [search(detector, picture, arguments.repeat) for picture in pictures]
        chosen.append([face for face, _ in searched])
        report(name, chosen[-1], [milliseconds for _, milliseconds in searched])
    report_framing(chosen[0], chosen[-1])


if __name__ == "__main__":
    main()
