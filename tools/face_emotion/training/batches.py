"""What a network is shown in one epoch: which examples, how each crop is changed, and what it should say to it."""

from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tools.face_emotion.datasets.examples import FaceExamples, unanimous
from tools.face_emotion.datasets.splits import draw_epoch
from tools.face_emotion.training.augmentation import Augmentation, augment, framing_only
from tools.face_emotion.training.settings import TrainingSettings

_NEVER = 1e-6
"""A probability that a network gives to no face at all: it does not know the label."""


class Batches:
    """The batches of every round; a round's draws and changes follow from the seed and its number alone."""

    def __init__(self, learning: FaceExamples, settings: TrainingSettings) -> None:
        self._crops, self._labels = learning.crops, learning.labels
        self._known = np.unique(learning.labels)
        votes = (learning.votes if settings.votes else unanimous(learning.labels))[:, self._known]
        self._votes = votes / votes.sum(axis=1, keepdims=True)  # of labels that some example has
        self._settings = settings
        self.steps = -(-len(learning) // settings.batch_size)
        """Batches in a round."""

    def batches(self, number: int, taught: NDArray[np.float32] | None = None) -> Any:  # noqa: ANN401 - a tf.data.Dataset
        """Return the crops and targets of a round, batch by batch.

        :param taught: what the teachers say to the round's crops, ``(n, n_labels)`` in their order; it makes up
            ``teacher_share`` and ``opinion_share`` of the targets, and the annotators' votes the rest.
        """
        drawn, share = self._draw(number), self._settings.teacher_share + self._settings.opinion_share
        targets = self._votes[drawn]
        if taught is not None:
            targets = (1 - share) * targets + share * taught
        return self._changed(number, drawn, targets, self._settings.augmentation)

    def taught(self, number: int, teachers: Sequence[keras.Model], opinion: keras.Model | None) -> NDArray[np.float32]:
        """Return what is heard of every crop of a round beside its votes, ``(n, n_labels)``: the teachers' mean answer,
        and the second opinion in its share.

        They see the crops framed as the pupil will, but in good light and whole: what the pupil is to make out of a dim
        or half-hidden face is what they make out of the face itself.
        """
        drawn = self._draw(number)
        clear = framing_only(self._settings.augmentation)
        crops = self._changed(number, drawn, self._votes[drawn], clear).map(lambda crop, _: crop)
        settings, votes = self._settings, self._votes[drawn]
        heard = np.zeros_like(votes)
        for teacher in teachers:
            heard += settings.teacher_share / len(teachers) * teacher.predict(crops, verbose=0)
        if opinion is not None:
            said = opinion.predict(crops, verbose=0)[:, self._known]
            unheard = votes * (said.max(axis=0) < _NEVER)  # what it cannot say, the votes say
            said = said * (1 - unheard.sum(axis=1, keepdims=True)) / said.sum(axis=1, keepdims=True) + unheard
            heard += settings.opinion_share * said
        return np.asarray(heard / (settings.teacher_share + settings.opinion_share), dtype=np.float32)

    def _draw(self, number: int) -> NDArray[np.int64]:
        settings = self._settings
        return draw_epoch(self._labels, tempering=settings.tempering, seed=settings.seed, epoch=number)

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
