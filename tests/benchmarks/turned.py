"""What turning and mirroring the pictures costs, beside the search for faces in them.

    python tests/benchmarks/turned.py [--picture FILE] [--repeat 200]

FILE is a picture to search, plain noise by default. Printed for each size of frame, in milliseconds on one thread
(median): every turn of the plane, and the quick look of the shipped detector, which is a small part of a whole frame's
work. Ways are interleaved, so that a busy machine slows all of them alike.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from device.appliance.drivers import build_detector
from device.camera.camera import Luma
from device.camera.turned_camera import turn
from device.settings.sections import FaceSettings

SIZES = ((320, 240), (640, 480), (1920, 1080))


def ways() -> dict[str, Callable[[Luma], object]]:
    """Name what is timed."""
    detector = build_detector(FaceSettings())
    return {
        "mirrored": lambda luma: turn(luma, 0, mirror=True),
        "90°": lambda luma: turn(luma, 90),
        "90° mirrored": lambda luma: turn(luma, 90, mirror=True),
        "180°": lambda luma: turn(luma, 180),
        "270°": lambda luma: turn(luma, 270),
        "search": detector.detect,
    }


def milliseconds(way: Callable[[Luma], object], luma: Luma) -> float:
    """Time one call."""
    started = time.perf_counter()
    way(luma)
    return 1000 * (time.perf_counter() - started)


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--repeat", type=int, default=200)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    picture = np.random.default_rng(0).integers(0, 256, (480, 640)).astype(np.uint8)
    if arguments.picture:
        picture = np.asarray(cv2.imread(str(arguments.picture), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
    compared = ways()
    for size in SIZES:
        luma = np.asarray(cv2.resize(picture, size), dtype=np.uint8)
        times: dict[str, list[float]] = {name: [] for name in compared}
        for _ in range(arguments.repeat):
            for name, way in compared.items():
                times[name].append(milliseconds(way, luma))
        print(f"{size[0]} × {size[1]}:", ", ".join(f"{name} {median(taken):.3f}" for name, taken in times.items()))


if __name__ == "__main__":
    main()
