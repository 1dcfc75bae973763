"""What a network is shown in one epoch: which examples, how each crop is changed, and what it should say to it."""

from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from device.emotion.labels import FACE_LABELS
from tools.face_emotion.datasets.examples import FaceExamples, unanimous
from tools.face_emotion.datasets.splits import draw_epoch
from tools.face_emotion.training.augmentation import Augmentation, augment, framing_only
from tools.face_emotion.training.settings import TrainingSettings

_NEVER = 1e-6
"""A probability that a network gives to no face at all: it does not know the label."""


class Batches:
    """The batches of every round; a round's draws and changes follow from the seed and its number alone."""

    def __init__(
        self,
        learning: FaceExamples,
        sets: NDArray[np.str_],
        settings: TrainingSettings,
        opinions: NDArray[np.float32] | None = None,
    ) -> None:
        """Show ``learning``; a second opinion says ``opinions`` ``(n, n_labels)`` of it, in ``opinion_share``.

        :param sets: the name ``(n,)`` of the set that each example is of.
        """
        self._crops = learning.crops
        self._kinds = np.unique(sets, return_inverse=True)[1] * len(FACE_LABELS) + learning.labels
        votes = (learning.votes if settings.votes else unanimous(learning.labels))[:, np.unique(learning.labels)]
        self._votes = votes / votes.sum(axis=1, keepdims=True)  # of labels that some example has
        if opinions is not None:
            self._votes = _mixed(self._votes, opinions, settings.opinion_share / (1 - settings.teacher_share))
        self._settings = settings
        self.steps = -(-len(learning) // settings.batch_size)
        """Batches in a round."""

    def batches(self, number: int, taught: NDArray[np.float32] | None = None) -> Any:  # noqa: ANN401 - a tf.data.Dataset
        """Return the crops and targets of a round, batch by batch.

        :param taught: what the teachers say to the round's crops, ``(n, n_labels)`` in their order; it makes up
            ``teacher_share`` of the targets.
        """
        drawn, share = self._draw(number), self._settings.teacher_share
        targets = self._votes[drawn]
        if taught is not None:
            targets = (1 - share) * targets + share * taught
        return self._changed(number, drawn, targets, self._settings.augmentation)

    def taught(self, number: int, teachers: Sequence[keras.Model]) -> NDArray[np.float32]:
        """Return the teachers' mean answer to every crop of a round, ``(n, n_labels)``.

        They see the crops framed as the pupil will, but in good light and whole: what the pupil is to make out of a dim
        or half-hidden face is what they make out of the face itself.
        """
        drawn = self._draw(number)
        clear = framing_only(self._settings.augmentation)
        crops = self._changed(number, drawn, self._votes[drawn], clear).map(lambda crop, _: crop)
        answers = [teacher.predict(crops, verbose=0) for teacher in teachers]
        return np.asarray(np.mean(answers, axis=0), dtype=np.float32)

    def _draw(self, number: int) -> NDArray[np.int64]:
        settings = self._settings
        return draw_epoch(self._kinds, tempering=settings.tempering, seed=settings.seed, epoch=number)

    def _changed(
        self, number: int, drawn: NDArray[np.int64], targets: NDArray[np.float32], limits: Augmentation
    ) -> Any:  # noqa: ANN401 - a tf.data.Dataset
        size, settings, crops = self._settings.batch_size, self._settings, self._crops
        starts = range(0, len(drawn), size)

        def read() -> Iterator[tuple[int, NDArray[np.uint8], NDArray[np.float32]]]:
            for batch, start in enumerate(starts):
                yield batch, crops[drawn[start : start + size]], targets[start : start + size]

        def prepare(batch: Any, crop: Any, target: Any) -> Any:  # noqa: ANN401
            scaled = tf.cast(crop, tf.float32)[..., tf.newaxis] / 255.0
            seed = tf.stack([settings.seed, number * len(starts) + batch])
            return augment(scaled, seed, limits), target

        shapes = (
            tf.TensorSpec((), tf.int32),
            tf.TensorSpec((None, *crops.shape[1:]), tf.uint8),
            tf.TensorSpec((None, targets.shape[1]), tf.float32),
        )
        dataset = tf.data.Dataset.from_generator(read, output_signature=shapes)
        counted = dataset.apply(tf.data.experimental.assert_cardinality(len(starts)))
        return counted.map(prepare, num_parallel_calls=1).prefetch(4)


def _mixed(votes: NDArray[np.float32], opinions: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    """Give a second opinion its share of the votes; of a label that it says of no face, the votes say all."""
    unheard = votes * (opinions.max(axis=0) < _NEVER)
    said = opinions * (1 - unheard.sum(axis=1, keepdims=True)) + unheard
    return np.asarray((1 - share) * votes + share * said / said.sum(axis=1, keepdims=True), dtype=np.float32)
