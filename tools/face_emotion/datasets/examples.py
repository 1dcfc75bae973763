"""Labelled crops in memory, whatever they were read from."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import FACE_LABELS

USAGES = ("Training", "PublicTest", "PrivateTest")
"""What an example may be meant for, in FER2013's words; only Training rows are ever learnt from."""

_MAJORITY = 0.5


@dataclass(frozen=True, slots=True)
class FaceExamples:
    """Labelled crops in the order they were read.

    ``crops`` is ``(n, 48, 48)`` of 0–255; ``labels`` ``(n,)`` of 0–7; ``votes`` ``(n, 8)``, each row summing to 1;
    ``usages`` ``(n,)`` of :data:`USAGES`. ``subjects`` and ``sequences`` ``(n,)`` name the person and the film that a
    crop shows, empty strings where that is not known; ``peaks`` ``(n,)`` is True where the set marks the frame as the
    height of its sequence, False everywhere in sets that do not say. ``sources`` ``(n,)`` is the set's own word for
    where a picture comes from, such as ``news``, empty where it has none; None where no set has any.
    """

    crops: NDArray[np.uint8]
    labels: NDArray[np.int64]
    votes: NDArray[np.float32]
    usages: NDArray[np.str_]
    subjects: NDArray[np.str_]
    sequences: NDArray[np.str_]
    peaks: NDArray[np.bool_]
    sources: NDArray[np.str_] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "FaceExamples":
        """Return the examples that a mask ``(n,)`` or a list of indices names, in its order."""
        columns = {column.name: getattr(self, column.name) for column in fields(self)}
        return FaceExamples(**{name: column[chosen] for name, column in columns.items() if column is not None})

    def majority(self) -> NDArray[np.bool_] | None:
        """Say which examples ``(n,)`` have more than half of the votes on one label; None if no votes are known.

        Most papers measure with these alone: the majority protocol (Barsoum et al. 2016). Theirs counts the votes for
        "unknown" and "not a face" as well, which the shares of the eight labels no longer tell.
        """
        largest = self.votes.max(axis=1, initial=0)
        return None if np.all(largest == 1) else largest > _MAJORITY

    def by_source(self) -> dict[str, NDArray[np.bool_]]:
        """Return a mask ``(n,)`` for each source of pictures, by its name; none where fewer than two are named."""
        if self.sources is None:
            return {}
        masks = {str(name): np.asarray(self.sources == name) for name in np.unique(self.sources) if name}
        return masks if len(masks) > 1 else {}

    def used_for(self, usage: str) -> "FaceExamples":
        """Return the examples whose ``Usage`` is this word."""
        return self.select(self.usages == usage)

    def counts(self) -> dict[str, int]:
        """Say how many examples each label has."""
        found = np.bincount(self.labels, minlength=len(FACE_LABELS))
        return {label: int(count) for label, count in zip(FACE_LABELS, found, strict=True)}


def join(parts: Sequence[FaceExamples]) -> FaceExamples:
    """Put several sets of examples (at least one) one behind the other."""
    columns = (column.name for column in fields(FaceExamples) if column.name != "sources")
    sources = [np.full(len(part), "") if part.sources is None else part.sources for part in parts]
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in columns}
    known = any(part.sources is not None for part in parts)
    return FaceExamples(**joined, sources=np.concatenate(sources) if known else None)


def unanimous(labels: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the votes ``(n, 8)`` of examples of which only one label each is known."""
    return np.eye(len(FACE_LABELS), dtype=np.float32)[np.asarray(labels, dtype=np.int64)]
