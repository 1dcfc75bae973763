"""Sessions whose truth is known: held-out faces in a scene that moves, is dim, blurs and loses frames.

Nothing is written: portraits, scenes and frames live in memory only. ``seconds.py`` measures with them.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from clip_scene import Scene
from numpy.typing import NDArray

from device.camera.camera import Frame, Luma
from device.emotion.labels import FACE_LABELS
from device.faces.crop import CROP_SIZE
from tools.face_emotion.datasets.examples import FaceExamples

SECONDS = 15.0

_CROSS_FADE_SECONDS = 0.4  # from one look to the next
_RISE_SECONDS = 1.0  # from the first to the last crop of a film
_LOST_SHARE, _STALL_SECONDS = 0.02, 0.4
_AWAY_SHARE = 1 / 3  # of the sessions have the head turned away once
_HAIR = 90  # grey level
_RATES = (10.0, 15.0, 20.0, 30.0)


@dataclass(frozen=True, slots=True)
class Portrait:
    """One look of one person: crops ``(48, 48)`` from its beginning to its height, in the order of the film.

    ``votes`` are the annotators' on its height, by label, summing to 1.
    """

    label: str
    person: str
    crops: tuple[Luma, ...]
    votes: tuple[float, ...]

    def at(self, seconds: float) -> NDArray[np.float32]:
        """Return the picture so long after the look's beginning, faded between neighbouring crops."""
        last = len(self.crops) - 1
        place = float(np.clip(seconds / _RISE_SECONDS, 0, 1)) * last
        first = int(place)
        share = np.float32(place - first)
        before, after = (self.crops[number].astype(np.float32) for number in (first, min(first + 1, last)))
        return np.asarray((1 - share) * before + share * after)


def portraits(examples: FaceExamples) -> list[Portrait]:
    """Gather examples into looks: the crops of one film, or, where the set knows no films, each picture by itself."""
    films: dict[tuple[str, str], list[int]] = {}
    for row, (subject, sequence) in enumerate(zip(examples.subjects, examples.sequences, strict=True)):
        films.setdefault((str(subject), str(sequence) or f"picture {row}"), []).append(row)
    return [
        Portrait(
            FACE_LABELS[examples.labels[rows[0]]],
            person,
            tuple(examples.crops[row] for row in rows),
            tuple(examples.votes[rows[-1]].tolist()),
        )
        for (person, _), rows in films.items()
    ]


def halves(looks: Sequence[Portrait]) -> tuple[list[Portrait], list[Portrait]]:
    """Split into looks to choose a setting by and looks to report: by person, or by picture where none is named."""
    keys = [look.person.encode() or look.crops[0].tobytes() for look in looks]
    rank = {key: place for place, key in enumerate(sorted(set(keys), key=zlib.crc32))}
    return (
        [look for key, look in zip(keys, looks, strict=True) if rank[key] % 2 == 0],
        [look for key, look in zip(keys, looks, strict=True) if rank[key] % 2 == 1],
    )


@dataclass(frozen=True, slots=True)
class Span:
    """What is true from ``start`` to ``end`` (seconds): a look, or None while the head is turned away."""

    start: float
    end: float
    look: Portrait | None


@dataclass(frozen=True, slots=True)
class LabelledSession:
    """15 s with their truth; the spans follow each other without gaps."""

    spans: tuple[Span, ...]
    frames_per_second: float
    seed: int

    def span_at(self, seconds: float) -> Span:
        """Return what is true at a moment; after the end the last span."""
        return next((span for span in self.spans if seconds < span.end), self.spans[-1])

    @property
    def true_seconds(self) -> NDArray[np.float64]:
        """Seconds of each of :data:`FACE_LABELS`, ``(8,)``."""
        seconds = np.zeros(len(FACE_LABELS))
        for span in self.spans:
            if span.look is not None:
                seconds[FACE_LABELS.index(span.look.label)] += span.end - span.start
        return seconds

    def frames(self) -> Iterator[Frame]:
        """Yield what a camera gives: timestamps tremble, one frame in 50 lacks, and half the sessions lose 0.4 s."""
        scene = Scene(self.seed)
        generator = np.random.default_rng([self.seed, 1])
        stall = generator.uniform(0, 2 * SECONDS)
        for number in range(int(SECONDS * self.frames_per_second) + 2):
            seconds = (number + (generator.uniform(-0.15, 0.15) if number else 0.0)) / self.frames_per_second
            lost = generator.random() < _LOST_SHARE or stall < seconds < stall + _STALL_SECONDS
            if not (number and lost):
                yield Frame(scene.draw(*self._seen_at(seconds), seconds), seconds, settled=True)

    def _seen_at(self, seconds: float) -> tuple[NDArray[np.float32], float]:
        """Return the face ``(48, 48)`` at a moment and how far it looks this way, 0–1."""
        parts = [(span.look.at(seconds - span.start), share) for span, share in self._shares(seconds) if span.look]
        facing = sum(share for _, share in parts)
        if facing == 0:
            return np.full((CROP_SIZE, CROP_SIZE), _HAIR, np.float32), 0.0
        face = np.sum([np.float32(share / facing) * picture for picture, share in parts], axis=0, dtype=np.float32)
        return face, facing

    def _shares(self, seconds: float) -> list[tuple[Span, float]]:
        """Return the spans that are to be seen at a moment: around a change the two are faded into each other."""
        shares = []
        for number, span in enumerate(self.spans):
            come = 1.0 if number == 0 else 0.5 + (seconds - span.start) / _CROSS_FADE_SECONDS
            gone = 0.0 if number + 1 == len(self.spans) else 0.5 + (seconds - span.end) / _CROSS_FADE_SECONDS
            share = float(np.clip(come, 0, 1) - np.clip(gone, 0, 1))
            if share > 0:
                shares.append((span, share))
        return shares


def assemble(looks: Sequence[Portrait], count: int, *, seed: int, shortest: float = 1.0) -> list[LabelledSession]:
    """Draw sessions of 2 to 5 looks of random lengths; a third of them with the head turned away for a while.

    Where people are known a session shows one person, drawn among those with two labels and more, whose looks may
    return. Without names the pictures come in the set's own frequency, every look another person's.

    :param shortest: seconds that every look lasts at least, at most 3.
    """
    generator = np.random.default_rng(seed)
    people: dict[str, list[Portrait]] = {}
    for look in looks:
        people.setdefault(look.person, []).append(look)
    casts = [cast for cast in people.values() if len({look.label for look in cast}) > 1]
    return [_session(casts[number % len(casts)], generator, shortest) for number in range(count)]


def _session(cast: Sequence[Portrait], generator: np.random.Generator, shortest: float) -> LabelledSession:
    shown: list[Portrait | None] = []
    label = ""
    for _ in range(int(generator.integers(2, 6))):
        others = [look for look in cast if look.label != label]
        look = others[int(generator.integers(len(others)))]
        shown.append(look)
        label = look.label
    lengths = shortest + generator.dirichlet(np.ones(len(shown))) * (SECONDS - shortest * len(shown))
    if generator.random() < _AWAY_SHARE:
        away, place = generator.uniform(0.6, 2.5), int(generator.integers(1, len(shown)))
        shown.insert(place, None)
        lengths = np.insert(lengths * (1 - away / SECONDS), place, away)
    ends = np.cumsum(lengths).tolist()
    spans = tuple(Span(*span) for span in zip([0.0, *ends[:-1]], ends, shown, strict=True))
    return LabelledSession(spans, float(generator.choice(_RATES)), int(generator.integers(1 << 30)))


def still(look: Portrait) -> Luma:
    """Draw a look at its height, upright and at rest."""
    return Scene(0, size=150).draw(look.at(SECONDS), 1.0, 0.0)
