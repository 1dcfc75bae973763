"""Which label gets the time that a frame speaks for: frame by frame, or smoothed over a look's least length."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Credit = Literal["label", "probabilities"]

FORGETTING_SECONDS = 0.5
"""After a longer time without a face nothing from before it speaks any more."""


class Ledger(Protocol):
    """Adds up what the frames with a face say."""

    @property
    def seconds(self) -> NDArray[np.float64]:
        """Seconds of each label so far, ``(n_labels,)``."""
        ...

    def add(self, start: float, end: float, probabilities: NDArray[np.float32]) -> None:
        """Credit the time from ``start`` to ``end`` (seconds, rising) by one frame's probabilities ``(n_labels,)``."""
        ...


def ledger(n_labels: int, *, credit: Credit, smoothing_seconds: float) -> Ledger:
    """Return an empty ledger.

    :param credit: "label" gives the whole time to one label, "probabilities" shares it out, always frame by frame.
    :param smoothing_seconds: 0 takes each frame's likeliest label, which is the source's rule.
    """
    if credit == "label" and smoothing_seconds > 0:
        return SmoothedLedger(n_labels, smoothing_seconds)
    return PlainLedger(n_labels, credit)


@dataclass(slots=True)
class PlainLedger:
    """Takes each frame by itself; of equally likely labels the first is credited."""

    n_labels: int
    credit: Credit = "label"
    seconds: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        """Start with nothing credited."""
        self.seconds = np.zeros(self.n_labels)

    def add(self, start: float, end: float, probabilities: NDArray[np.float32]) -> None:
        """Credit one frame; see :class:`Ledger`."""
        if self.credit == "label":
            self.seconds[int(np.argmax(probabilities))] += end - start
        else:
            exact = probabilities.astype(np.float64)
            self.seconds += (end - start) * exact / exact.sum()


@dataclass(slots=True)
class SmoothedLedger:
    """Credits the sequence of labels that is worth most.

    A sequence is worth the seconds that it is expected to name rightly, the sum of each frame's time × the probability
    of the label given to it, less half of ``smoothing_seconds`` for every change of label. A look between two others is
    credited if its lead over them in probability × time exceeds ``smoothing_seconds``; a lasting change is credited
    from the moment of the change, without the delay that running means and plain hysteresis have.

    It moves seconds from label to label and never adds any. Nor does it know of frames: one that is given in two pieces
    counts the same. The best sequence is found as the frames come (Viterbi's recursion): for each label the worth of
    the best sequence that ends in it and the seconds along that sequence are kept, and no frame or reading.
    """

    n_labels: int
    smoothing_seconds: float
    _settled: NDArray[np.float64] = field(init=False)
    _worth: NDArray[np.float64] = field(init=False)
    _along: NDArray[np.float64] = field(init=False)  # row: the label that a sequence ends in; column: seconds of labels
    _until: float | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Start with nothing credited."""
        self._settled = np.zeros(self.n_labels)
        self._begin()

    @property
    def seconds(self) -> NDArray[np.float64]:
        """Seconds along the sequence that is best so far; what comes may still move the latest of them."""
        best: NDArray[np.float64] = self._settled + self._along[int(np.argmax(self._worth))]
        return best

    def add(self, start: float, end: float, probabilities: NDArray[np.float32]) -> None:
        """Credit one frame; see :class:`Ledger`."""
        if self._until is not None and start - self._until > FORGETTING_SECONDS:
            settled = self.seconds
            self._begin()
            self._settled = settled  # last: whoever looks on from another thread never sees a second twice
        best = int(np.argmax(self._worth))
        after_change = self._worth[best] - self.smoothing_seconds / 2
        changing = self._worth < after_change
        self._along[changing] = self._along[best]
        self._worth[changing] = after_change
        self._worth += (end - start) * probabilities
        self._along.flat[:: self.n_labels + 1] += end - start
        self._until = end

    def _begin(self) -> None:
        self._worth = np.zeros(self.n_labels)
        self._along = np.zeros((self.n_labels, self.n_labels))
