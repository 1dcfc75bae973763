"""Makes more of few songs: what a network is shown in training is changed a little, anew in every round.

Time goes round by a random number of frames; a random band of frequencies and a random stretch of time are blanked
(Park et al. 2019, SpecAugment); two songs are laid over each other, and their targets with them (Zhang et al. 2018,
mixup).
"""

import numpy as np
from numpy.typing import NDArray

Batch = NDArray[np.float32]

_WIDEST_BAND, _LONGEST_STRETCH = 0.15, 0.25
"""Of all frequencies and of all frames."""
_BETA = 0.4
"""Of the Beta distribution that the shares of two songs are drawn from: mostly nearly one song alone."""


def augmented(inputs: Batch, targets: Batch, random: np.random.Generator) -> tuple[Batch, Batch]:
    """Return a batch to learn from instead of ``inputs`` ``(n, frequencies, frames, channels)``, and its targets.

    :param targets: ``(n, n_labels)``.
    """
    changed = np.stack([np.roll(song, random.integers(song.shape[1]), axis=1) for song in inputs])
    blank = inputs.mean()
    for song in changed:
        _blank(song, random, blank, most=_WIDEST_BAND)
        _blank(song.swapaxes(0, 1), random, blank, most=_LONGEST_STRETCH)
    share = random.beta(_BETA, _BETA, len(inputs)).astype(np.float32)
    others = random.permutation(len(inputs))
    wide = share[:, np.newaxis, np.newaxis, np.newaxis]
    mixed = wide * changed + (1 - wide) * changed[others]
    narrow = share[:, np.newaxis]
    return mixed, narrow * targets + (1 - narrow) * targets[others]


def _blank(rows: Batch, random: np.random.Generator, blank: float, *, most: float) -> None:
    """Set some consecutive rows to one value, in place: at most this share of them, and maybe none."""
    count = int(random.integers(1 + int(most * len(rows))))
    start = int(random.integers(1 + len(rows) - count))
    rows[start : start + count] = blank
