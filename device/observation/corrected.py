"""An observation whose readings are corrected by a resting face, as soon as it is known by whose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from device.observation.mounting import WrongMounting
from device.observation.observation import Observation, Observer, Reading
from device.observation.resting.choice import CHOOSING_SECONDS, Household
from device.observation.resting.correction import RestingFace, corrected


@dataclass(slots=True)
class CorrectedObserver:
    """Gathers readings as :class:`Observer` does, twice: as they are, and corrected.

    The first seconds choose whose resting face it is. Until then what they say is shown as it is; then it is credited
    anew, corrected, so that no second of the observation counts otherwise than the others. Correction comes before
    everything else that is made of a reading: crediting, smoothing, places.
    """

    make: Callable[[], Observer]
    """Makes an observer of this observation, with nothing credited."""
    household: Household
    resting: RestingFace | None = field(init=False, default=None)
    """Whose resting face corrects, None before it is chosen and if it is nobody's."""
    _plain: Observer = field(init=False)
    _corrected: Observer | None = field(init=False, default=None)
    _early: list[Reading] | None = field(init=False, default_factory=list)
    _shift: NDArray[np.float64] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Start with nothing credited."""
        self._plain = self.make()

    @property
    def labels(self) -> tuple[str, ...]:
        """The face labels, in the order of the probabilities."""
        return self._plain.labels

    @property
    def _told(self) -> Observer:
        return self._corrected or self._plain

    @property
    def wrong_mounting(self) -> WrongMounting | None:
        """How the camera hangs, if otherwise than the settings say."""
        return self._plain.wrong_mounting

    @wrong_mounting.setter
    def wrong_mounting(self, wrong_mounting: WrongMounting | None) -> None:
        self._plain.wrong_mounting = wrong_mounting
        if self._corrected:
            self._corrected.wrong_mounting = wrong_mounting

    @property
    def duration_seconds(self) -> float:
        """How long the observation is to last."""
        return self._plain.duration_seconds

    @property
    def elapsed_seconds(self) -> float:
        """Seconds between the first and the latest reading."""
        return self._plain.elapsed_seconds

    @property
    def complete(self) -> bool:
        """Whether a reading has reached the end of the observation."""
        return self._plain.complete

    @property
    def seconds_so_far(self) -> dict[str, float]:
        """Seconds credited so far, by label."""
        return self._told.seconds_so_far

    @property
    def frames_per_second_so_far(self) -> float:
        """Frames per second until the latest reading."""
        return self._plain.frames_per_second_so_far

    def as_credited(self, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a frame's probabilities as they are credited, as far as is known by now."""
        return probabilities if self._shift is None else corrected(probabilities, self._shift)

    def add(self, reading: Reading) -> None:
        """Take the next frame's reading."""
        if self.complete:
            return
        self._plain.add(reading)
        if self._early is not None:
            self._early.append(reading)
            if self.elapsed_seconds >= CHOOSING_SECONDS:
                self._choose(self._early)
        elif self._corrected:
            self._corrected.add(self._as_corrected(reading))

    def finish(self) -> Observation:
        """Return the observation, corrected if a resting face was chosen; more readings may not follow."""
        if self._early is not None:
            self._choose(self._early)
        plain = self._plain.finish()
        if self._corrected is None or self.resting is None:
            return plain
        return replace(self._corrected.finish(), resting=self.resting.name, uncorrected_seconds=plain.seconds)

    def _choose(self, early: Sequence[Reading]) -> None:
        readings = [reading.probabilities for reading in early if reading.probabilities is not None]
        self._early = None
        self.resting = self.household.choose(self.labels, readings) if readings else None
        if self.resting is None:
            return
        self._shift = self.household.shift(self.resting, self.labels)
        anew = self.make()
        anew.wrong_mounting = self.wrong_mounting
        for reading in early:
            anew.add(self._as_corrected(reading))
        self._corrected = anew  # last: whoever looks on from another thread sees the one or the other

    def _as_corrected(self, reading: Reading) -> Reading:
        if reading.probabilities is None:
            return reading
        return Reading(reading.timestamp, self.as_credited(reading.probabilities))


AnyObserver = Observer | CorrectedObserver


def observer_for(make: Callable[[], Observer], household: Household) -> AnyObserver:
    """Return who gathers the readings of one observation; without a resting face nothing is corrected."""
    return CorrectedObserver(make, household) if household.faces else make()
