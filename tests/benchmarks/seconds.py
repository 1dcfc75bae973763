"""How far the seconds per emotion are from the truth, on sessions made of faces that the model never learnt from.

    python tests/benchmarks/seconds.py --data FOLDER [--release models] [--sessions 40] [--processes 1]

FOLDER holds the face data (ckplus.csv and ferplus.csv, plain or .xz). Sessions of 15 s are made of the people of CK+
whom the model never met, and of FERPlus's PublicTest; see ``labelled_clips.py``. The people (of FERPlus, the pictures)
are halved: settings are chosen by the first half's table, and the second half's is what is reported.

The error of a session is Σ |seconds − truth| over the labels: a second credited to the wrong label counts twice, one
credited to none, or while the head was turned away, once. Printed for each way of crediting: mean error, mean
difference from the plain arg-max of the same frames with its standard error, and the share of sessions that it makes
better and worse. Then what remains if the readings were better: read rightly wherever a face was found (what is lost
without detection), and every look read as most of its frames are (pictures that the model misreads stay misread;
flicker and changes are gone). No smoothing can be expected below the latter.

The plain way is OpenCV's Haar cascade with its own defaults on the whole picture and the arg-max of every frame. Both
ways take the newest frame whenever they are free, a frame taking ``--slowdown`` times what it takes here (measured
first): about what one core of a Pi 4 needs. Pictures in which the plain way finds no face even at rest, mostly turned
heads of FERPlus, are left out and counted.

Measured with 40 sessions each: the mean error of the arg-max in seconds, and what the others add to it (with the
standard error of the difference).

                       arg-max   smoothed 0.2  smoothed 0.5  window 0.5   mean 0.2     hysteresis   plain way
    CK+, chosen by       .93     -.59 ± .25    -.61 ± .25    -.36 ± .15   -.32 ± .17   -.07 ± .19   +.43 ± .18
    CK+, reported        .78     -.48 ± .23    -.52 ± .23    -.24 ± .08   -.11 ± .08   +.10 ± .07   +.65 ± .37
    FERPlus, chosen by  5.17     +.33 ± .29    +.66 ± .37    -.02 ± .13   +.09 ± .12   +.18 ± .12   -.11 ± .22
    FERPlus, reported   4.04     -.33 ± .19    -.28 ± .21    -.21 ± .12   -.15 ± .11   -.16 ± .21   +.59 ± .51

By the halves to choose by, lengths of 0.1 to 0.3 are alike over both sets and better than none and than 0.5.
"""

import argparse
import json
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from labelled_clips import SECONDS, LabelledSession, Portrait, assemble, halves, portraits, still
from other_ledgers import Confident, Hysteresis, RunningMean, Window

from device.appliance.drivers import build_detector
from device.camera.camera import Frame, Luma
from device.camera.simulated_camera import SimulatedCamera
from device.emotion.labels import FACE_LABELS
from device.emotion.tflite_emotion_classifier import TFLiteEmotionClassifier
from device.faces.crop import crop_face
from device.faces.detector import FaceBox, choose_face
from device.observation.observation import Observer, Reading
from device.observation.perception import FaceReader
from device.observation.smoothing import Ledger, PlainLedger, SmoothedLedger
from device.releases.manifest import FACE_MODEL
from device.settings.sections import FaceSettings
from tools.face_emotion.datasets.material import gather_training_data

POOL = 300  # most pictures of a half that sessions are made of
_SAME = 1e-6  # seconds

LEDGERS: Mapping[str, Callable[[], Ledger]] = {
    "arg-max of each frame": lambda: PlainLedger(8),
    "shared by probabilities": lambda: PlainLedger(8, "probabilities"),
    **{f"smoothed, {s:g} s": partial(SmoothedLedger, 8, s) for s in (0.1, 0.2, 0.3, 0.5, 0.7, 1.0)},
    **{f"window, {s:g} s": partial(Window, 8, s) for s in (0.2, 0.5, 1.0)},
    **{f"running mean, {s:g} s": partial(RunningMean, 8, time_constant=s) for s in (0.1, 0.2, 0.5)},
    **{f"hysteresis, {s:g} s": partial(Hysteresis, 8, wait=s) for s in (0.1, 0.2, 0.5)},
    **{f"only from {p:.0%} on": partial(Confident, 8, least=p) for p in (0.4, 0.5)},
}


@dataclass(frozen=True)
class Watched:
    """One session and what was read in it, the box's way and the plain way."""

    session: LabelledSession
    box: list[Reading]
    plain: list[Reading]


@dataclass(frozen=True)
class Pace:
    """Seconds that a frame takes the box and the plain way."""

    box: float
    plain: float

    @classmethod
    def measured(cls, session: LabelledSession, model: Path) -> "Pace":
        """Time both ways on one session, one thread of this machine."""
        frames = list(session.frames())
        seconds = []
        for read in (read_box, read_plain):
            started = time.thread_time()
            read(frames, model)
            seconds.append((time.thread_time() - started) / len(frames))
        return cls(*seconds)

    def times(self, factor: float) -> "Pace":
        """Return the pace of a slower machine."""
        return Pace(self.box * factor, self.plain * factor)


def read_box(frames: Iterable[Frame], model: Path) -> list[Reading]:
    """Read frames by the box's own code."""
    face_reader = FaceReader(SimulatedCamera(), build_detector(FaceSettings()), TFLiteEmotionClassifier(model))
    return [result.reading for result in face_reader.read(frames)]


def read_plain(frames: Iterable[Frame], model: Path) -> list[Reading]:
    """Read frames as the source describes it."""
    cascade, classifier = plain_cascade(), TFLiteEmotionClassifier(model)
    readings = []
    for frame in frames:
        box = choose_face(plain_faces(cascade, frame.luma))
        shares = None if box is None else classifier.classify(crop_face(frame.luma, box, classifier.crop_size))
        readings.append(Reading(frame.timestamp, shares))
    return readings


def plain_cascade() -> cv2.CascadeClassifier:
    """Load the cascade as OpenCV offers it."""
    return cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"))


def plain_faces(cascade: cv2.CascadeClassifier, luma: Luma) -> list[FaceBox]:
    """Search with OpenCV's defaults (scale 1.1, 3 neighbours)."""
    return [FaceBox(*(int(value) for value in box)) for box in cascade.detectMultiScale(luma)]


def watch(session: LabelledSession, model: Path, pace: Pace) -> Watched:
    """Read one session both ways."""
    cv2.setNumThreads(1)
    frames = list(session.frames())
    box = read_box(newest_when_free(frames, pace.box), model)
    return Watched(session, box, read_plain(newest_when_free(frames, pace.plain), model))


def newest_when_free(frames: Iterable[Frame], seconds_per_frame: float) -> Iterator[Frame]:
    """Leave out what comes while another frame is being read, but for the newest."""
    waiting, free_at = None, 0.0
    for frame in frames:
        if waiting is not None and free_at <= frame.timestamp:
            yield waiting
            free_at = max(free_at, waiting.timestamp) + seconds_per_frame
            waiting = None
        waiting = frame
    if waiting is not None:
        yield waiting


def error(session: LabelledSession, readings: Sequence[Reading], ledger: Ledger) -> float:
    """Return Σ |seconds − truth|, held by the box's rules and credited by any ledger."""
    observer = Observer(FACE_LABELS)
    observer._ledger = ledger
    for reading in readings:
        observer.add(reading)
    return float(np.abs(np.array(observer.finish().seconds) - session.true_seconds).sum())


def read_rightly(session: LabelledSession, readings: Sequence[Reading]) -> list[Reading]:
    """Replace what was read in a face that was found by the truth."""
    looks = [session.span_at(reading.timestamp).look for reading in readings]
    labels = [None if look is None else look.label for look in looks]
    return [_saying(reading, label) for reading, label in zip(readings, labels, strict=True)]


def read_steadily(session: LabelledSession, readings: Sequence[Reading]) -> list[Reading]:
    """Replace what was read in a frame by what was read in most frames of the same span."""
    starts = [session.span_at(reading.timestamp).start for reading in readings]
    votes: dict[float, Counter[str]] = {start: Counter() for start in starts}
    for start, reading in zip(starts, readings, strict=True):
        if reading.probabilities is not None:
            votes[start][FACE_LABELS[int(np.argmax(reading.probabilities))]] += 1
    mostly = {start: max(counts, key=lambda label: counts[label], default=None) for start, counts in votes.items()}
    return [_saying(reading, mostly[start]) for start, reading in zip(starts, readings, strict=True)]


def _saying(reading: Reading, label: str | None) -> Reading:
    if reading.probabilities is None or label is None:
        return reading
    return Reading(reading.timestamp, np.array([label == other for other in FACE_LABELS], dtype=np.float32))


def report(title: str, watched: Sequence[Watched]) -> None:
    """Print one half's table."""
    plain_ledger = LEDGERS["arg-max of each frame"]
    each = np.array([error(one.session, one.box, plain_ledger()) for one in watched])
    rates = [len(one.box) / SECONDS for one in watched], [len(one.plain) / SECONDS for one in watched]
    found = np.mean([reading.probabilities is not None for one in watched for reading in one.box])
    print(f"\n{title}: {len(watched)} sessions, frames per second {np.median(rates[0]):.1f} (box) and ", end="")
    print(f"{np.median(rates[1]):.1f} (plain); a face in {found:.1%} of the box's frames")
    rows = {name: [error(one.session, one.box, make()) for one in watched] for name, make in LEDGERS.items()}
    rows["plain way"] = [error(one.session, one.plain, plain_ledger()) for one in watched]
    for name, better in {"if read rightly": read_rightly, "if read steadily": read_steadily}.items():
        rows[name] = [error(one.session, better(one.session, one.box), plain_ledger()) for one in watched]
    for name, errors in rows.items():
        change = np.array(errors) - each
        print(
            f"{name:<24} {np.mean(errors):6.3f} s (median {np.median(errors):5.3f})  {change.mean():+6.3f} "
            f"± {change.std() / np.sqrt(len(change)):5.3f}  better {(change < -_SAME).mean():4.0%}  "
            f"worse {(change > _SAME).mean():4.0%}"
        )


def looks_of(data: Path, model: Path) -> dict[str, tuple[list[Portrait], list[Portrait]]]:
    """Return the halves of every set that the model was not taught with, by the set's title."""
    card = json.loads((model / "card.json").read_text(encoding="utf-8"))
    material = gather_training_data([data], seed=card["training"]["split_seed"])
    return {test.title: halves(portraits(test.examples)) for test in material.tests.values()}


def frontal(looks: Sequence[Portrait], seed: int) -> list[Portrait]:
    """Draw at most :data:`POOL` looks; keep those whose face the plain way finds at rest, and say how many."""
    drawn = [looks[place] for place in np.random.default_rng(seed).permutation(len(looks))[:POOL]]
    cascade = plain_cascade()
    kept = [look for look in drawn if plain_faces(cascade, still(look))]
    print(f"the plain way finds the face at rest in {len(kept)} of {len(drawn)} pictures", flush=True)
    return kept


def main() -> None:
    """Watch both halves of every set and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--release", type=Path, default=Path("models"))
    parser.add_argument("--sessions", type=int, default=40)
    parser.add_argument("--shortest", type=float, default=1.0, help="seconds that a look lasts at least")
    parser.add_argument("--slowdown", type=float, default=6.0)
    parser.add_argument("--processes", type=int, default=1)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    model, pace = arguments.release / FACE_MODEL, None
    for title, pools in looks_of(arguments.data, model).items():
        for seed, (purpose, pool) in enumerate(zip(("to choose by", "to report"), pools, strict=True), start=1):
            looks = frontal(pool, seed)
            sessions = assemble(looks, arguments.sessions, seed=seed, shortest=arguments.shortest)
            if pace is None:
                here = Pace.measured(sessions[0], model)
                print(f"a frame takes {1000 * here.box:.1f} ms (box) and {1000 * here.plain:.1f} ms (plain) here")
                pace = here.times(arguments.slowdown)
            with ProcessPoolExecutor(arguments.processes, mp_context=multiprocessing.get_context("spawn")) as workers:
                watched = list(workers.map(partial(watch, model=model, pace=pace), sessions))
            report(f"{title}, {purpose}", watched)


if __name__ == "__main__":
    main()
