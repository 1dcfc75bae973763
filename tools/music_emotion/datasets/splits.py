"""Parts songs into sides so that nothing that belongs together is on two of them.

A model that learnt from one clip of a recording knows the others, and one that learnt from a genre knows what it
usually expresses: both would be praised for what they remember.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.errors import DatasetError

Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Split:
    """Indices of the songs to learn from, to choose by, and to measure with."""

    train: Indices
    validation: Indices
    test: Indices


def split_by(groups: NDArray[np.str_], *, seed: int, shares: Sequence[float] = (0.7, 0.15, 0.15)) -> Split:
    """Part whole groups among the three sides, as near to the shares as they allow.

    Groups go, the largest first and those of one size in random order, to the side that lacks most; no side exceeds its
    share by a whole group or more, and none that has a share stays empty. The same seed gives the same split.

    :param groups: ``(n,)``, what each song belongs to: ``groups`` or ``sources`` of annotated songs.
    :param shares: of train, validation and test; not negative, summing to 1.
    :raises DatasetError: if there are fewer groups than sides with a share.
    :raises ValueError: if the shares are not three that sum to 1.
    """
    if len(shares) != len(Split.__slots__) or min(shares) < 0 or not np.isclose(sum(shares), 1):
        msg = f"the shares {tuple(shares)} must be three, not negative, and sum to 1"
        raise ValueError(msg)
    sides = _part(groups, np.asarray(shares, dtype=np.float64), seed=seed)
    return Split(*(np.flatnonzero(sides == side) for side in range(len(shares))))


def folds_of(groups: NDArray[np.str_], *, count: int, seed: int) -> Indices:
    """Part whole groups among ``count`` folds of about the same size; return the fold of each song ``(n,)``.

    No fold exceeds its share by a whole group or more, and none is empty.

    :raises DatasetError: if there are fewer groups than folds.
    :raises ValueError: if ``count`` is less than two.
    """
    fewest = 2
    if count < fewest:
        msg = f"{count} folds leave nothing to learn from: ask for two or more"
        raise ValueError(msg)
    return _part(groups, np.full(count, 1 / count), seed=seed)


def _part(groups: NDArray[np.str_], shares: NDArray[np.float64], *, seed: int) -> Indices:
    """Return the side ``(n,)`` of each song, chosen group by group."""
    names, members, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    _require(len(names), int(np.count_nonzero(shares)))
    shuffled = np.random.default_rng(seed).permutation(len(names))
    order = shuffled[np.argsort(-sizes[shuffled], kind="stable")]
    lacking = shares * len(groups)
    empty = shares > 0
    side_of = np.zeros(len(names), dtype=np.intp)
    for place, group in enumerate(order):
        reserved = len(order) - place <= np.count_nonzero(empty)  # every group that is left must fill an empty side
        side = int(np.argmax(np.where(empty, lacking, -np.inf) if reserved else lacking))
        side_of[group] = side
        lacking[side] -= sizes[group]
        empty[side] = False
    return side_of[members]


def _require(found: int, needed: int) -> None:
    if found < needed:
        what = f"the songs are of {found} recording{'' if found == 1 else 's'}, which cannot be parted into {needed}"
        raise DatasetError(what, mend=f"add songs, until they are of at least {needed} recordings")
