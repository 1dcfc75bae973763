"""Other ways to credit frames than the box has, for ``seconds.py`` to compare with; see
:mod:`device.observation.smoothing`."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from device.observation.smoothing import FORGETTING_SECONDS, PlainLedger


@dataclass
class Confident(PlainLedger):
    """The likeliest label of each frame, where its probability reaches ``least``; other frames earn nothing."""

    least: float = 0.5

    def add(self, start: float, end: float, probabilities: NDArray[np.float32]) -> None:
        """Credit one frame."""
        if probabilities.max() >= self.least:
            super().add(start, end, probabilities)


@dataclass
class RunningMean(PlainLedger):
    """The likeliest label of an exponential mean over the frames until now."""

    time_constant: float = 0.2
    _mean: NDArray[np.float64] | None = None
    _start: float = 0.0
    _until: float = 0.0

    def add(self, start: float, end: float, probabilities: NDArray[np.float32]) -> None:
        """Credit one frame."""
        if self._mean is None or start - self._until > FORGETTING_SECONDS:
            self._mean = probabilities.astype(np.float64)
        kept = np.exp((self._start - start) / self.time_constant)
        self._mean = kept * self._mean + (1 - kept) * probabilities
        self._start, self._until = start, end
        super().add(start, end, self._mean.astype(np.float32))


@dataclass
class Hysteresis(PlainLedger):
    """The label shown last, until another one has been the likeliest for ``wait`` seconds without a break."""

    wait: float = 0.2
    _shown: int = -1
    _candidate: int = -1
    _since: float = 0.0
    _until: float = 0.0

    def add(self, start: float, end: float, probabilities: NDArray[np.float32]) -> None:
        """Credit one frame."""
        likeliest = int(np.argmax(probabilities))
        if likeliest != self._candidate:
            self._candidate, self._since = likeliest, start
        if self._shown < 0 or start - self._until > FORGETTING_SECONDS or start - self._since >= self.wait:
            self._shown = likeliest
        self._until = end
        self.seconds[self._shown] += end - start


@dataclass
class Window:
    """The likeliest label of the mean over a window with the frame in its middle, which takes frames to come."""

    n_labels: int
    length: float
    _pieces: list[tuple[float, float, NDArray[np.float32]]] = field(default_factory=list)

    def add(self, start: float, end: float, probabilities: NDArray[np.float32]) -> None:
        """Note one frame."""
        self._pieces.append((start, end, probabilities))

    @property
    def seconds(self) -> NDArray[np.float64]:
        """Seconds of each label."""
        ledger = PlainLedger(self.n_labels)
        for start, end, _ in self._pieces:
            first, last = (start + end - self.length) / 2, (start + end + self.length) / 2
            shares = [
                max(min(other_end, last) - max(other_start, first), 0.0) * probabilities
                for other_start, other_end, probabilities in self._pieces
            ]
            ledger.add(start, end, np.sum(shares, axis=0))
        return ledger.seconds
