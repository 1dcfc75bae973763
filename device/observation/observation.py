"""From the readings of single frames to one observation: the seconds spent on each face emotion, and its place."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import FACE_PLACES, Place
from device.observation.hanging import Hanging
from device.observation.plane_place import MeanPlace, PlaceMeter
from device.observation.smoothing import Ledger, ledger
from device.settings.sections import ObservationSettings


@dataclass(frozen=True, slots=True)
class Reading:
    """What one frame said: ``timestamp`` in seconds; probabilities ``(n_labels,)``, or None where no face was found."""

    timestamp: float
    probabilities: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class Observation:
    """Seconds credited to each label during ``duration_seconds``, where the face lay, and how well it was seen.

    :raises ValueError: if seconds are negative or exceed the duration in sum, or there is a place without seconds.
    """

    labels: tuple[str, ...]
    seconds: tuple[float, ...]
    duration_seconds: float
    frames: int
    frames_with_face: int
    frames_per_second: float
    hanging: Hanging | None = None
    """That the camera hangs otherwise than the settings say: what it shows are no faces, and nothing is credited."""
    place: MeanPlace | None = None
    """The mean place in the valence–arousal plane by the probabilities of the same frames; None where nothing was
    credited, and of an observation of which only the seconds are known."""

    def __post_init__(self) -> None:
        """Refuse what no observation gives."""
        fits = len(self.seconds) == len(self.labels) and all(value >= 0 for value in self.seconds)
        if self.hanging and any(self.seconds):
            msg = f"seconds {self.seconds} of faces that are not upright"
            raise ValueError(msg)
        if not fits or sum(self.seconds) > self.duration_seconds + 1e-6:
            msg = f"seconds {self.seconds} do not fit into {self.duration_seconds} s"
            raise ValueError(msg)
        if self.place and not any(self.seconds):
            msg = f"{self.place} of no seconds"
            raise ValueError(msg)

    @property
    def credited_seconds(self) -> float:
        """Seconds in which an expression was read."""
        return min(sum(self.seconds), self.duration_seconds)

    @property
    def coverage(self) -> float:
        """Share of the duration in which an expression was read, in [0, 1]."""
        return self.credited_seconds / self.duration_seconds

    def suffices(self, minimum_coverage: float) -> bool:
        """Whether enough was seen to choose a song by: something at all, and at least this share of the time."""
        return self.credited_seconds > 0 and self.coverage >= minimum_coverage

    @property
    def by_label(self) -> dict[str, float]:
        """Seconds by label, the longest first."""
        pairs = zip(self.labels, self.seconds, strict=True)
        return dict(sorted(pairs, key=lambda pair: -pair[1]))


@dataclass(slots=True)
class Observer:
    """Gathers readings as they come.

    Every reading holds until the next one's timestamp, for at most ``maximum_hold_seconds`` (a camera that stalls earns
    nothing more), and never beyond the end of the observation, which starts with the first reading. With ``credit``
    "label" the whole time goes to the likeliest label (the source's rule), with "probabilities" it is shared out. With
    ``smoothing_seconds`` above 0 the labels are those of :class:`device.observation.smoothing.SmoothedLedger` (only
    with ``credit`` "label"). The place in the plane is always by the probabilities, of the same times.

    :param places: where each label lies in the plane.
    """

    labels: tuple[str, ...]
    settings: ObservationSettings = field(default_factory=ObservationSettings)
    places: Mapping[str, Place] = field(default_factory=lambda: dict(FACE_PLACES))
    hanging: Hanging | None = field(init=False, default=None)
    """How the camera hangs, if otherwise than the settings say, as far as is known: then nothing is credited."""
    _ledger: Ledger = field(init=False)
    _meter: PlaceMeter = field(init=False)
    _first: float | None = field(init=False, default=None)
    _latest: Reading | None = field(init=False, default=None)
    _frames: int = field(init=False, default=0)
    _frames_with_face: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Start with nothing credited."""
        self._ledger = ledger(
            len(self.labels), credit=self.settings.credit, smoothing_seconds=self.settings.smoothing_seconds
        )
        self._meter = PlaceMeter([self.places[label] for label in self.labels])

    @property
    def duration_seconds(self) -> float:
        """How long the observation is to last."""
        return self.settings.seconds

    @property
    def elapsed_seconds(self) -> float:
        """Seconds between the first and the latest reading."""
        if self._first is None or self._latest is None:
            return 0.0
        return self._latest.timestamp - self._first

    @property
    def complete(self) -> bool:
        """Whether a reading has reached the end of the observation."""
        return self.elapsed_seconds >= self.duration_seconds

    def add(self, reading: Reading) -> None:
        """Take the next frame's reading; one from the past, or after the end, changes nothing."""
        if self.complete or (self._latest is not None and reading.timestamp <= self._latest.timestamp):
            return
        if self._first is None:
            self._first = reading.timestamp
        self._credit_latest(until=reading.timestamp)
        self._latest = reading
        if not self.complete:  # the frame that marks the end is not part of the observation
            self._frames += 1
            self._frames_with_face += reading.probabilities is not None

    def finish(self) -> Observation:
        """Credit the latest reading's hold and return the observation; more readings may not follow."""
        elapsed = min(self.elapsed_seconds, self.duration_seconds)
        if self._first is not None:
            self._credit_latest(until=self._first + self.duration_seconds)
        self._latest = None
        return Observation(
            labels=self.labels,
            seconds=tuple(self.seconds_so_far.values()),
            duration_seconds=self.duration_seconds,
            frames=self._frames,
            frames_with_face=self._frames_with_face,
            frames_per_second=self._frames / elapsed if elapsed > 0 else 0.0,
            hanging=self.hanging,
            place=self.place_so_far,
        )

    @property
    def seconds_so_far(self) -> dict[str, float]:
        """Seconds credited so far, by label: none while the camera is taken to hang otherwise than set."""
        seconds = [0.0] * len(self.labels) if self.hanging else self._ledger.seconds.tolist()
        return dict(zip(self.labels, seconds, strict=True))

    @property
    def place_so_far(self) -> MeanPlace | None:
        """The mean place of what was credited so far; None while that is nothing."""
        return None if self.hanging else self._meter.place

    @property
    def frames_per_second_so_far(self) -> float:
        """Frames per second until the latest reading, 0 before the second one."""
        elapsed = self.elapsed_seconds
        return (self._frames - 1) / elapsed if elapsed > 0 else 0.0

    def _credit_latest(self, *, until: float) -> None:
        if self._first is None or self._latest is None or self._latest.probabilities is None:
            return
        start = self._latest.timestamp
        end = min(until, self._first + self.duration_seconds, start + self.settings.maximum_hold_seconds)
        if end > start:
            self._ledger.add(start, end, self._latest.probabilities)
            self._meter.add(start, end, self._latest.probabilities)
