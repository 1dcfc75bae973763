"""What a network should say to a crop: the votes, and what others say of it, in their shares."""

from dataclasses import replace

import numpy as np
import pytest

from tools.face_emotion.datasets.examples import FaceExamples, unanimous
from tools.face_emotion.training.augmentation import NOTHING
from tools.face_emotion.training.batches import Batches
from tools.face_emotion.training.settings import TrainingSettings

pytestmark = pytest.mark.training

SETTINGS = TrainingSettings(seed=1, batch_size=8, augmentation=NOTHING, tempering=1.0)

ONE_SET = np.full(4, "ferplus")


def examples() -> FaceExamples:
    labels = np.array([0, 6, 7, 6], dtype=np.int64)
    words = np.full(4, "")
    crops = np.repeat(np.array([10, 20, 30, 40], np.uint8), 48 * 48).reshape(4, 48, 48)
    return FaceExamples(
        crops, labels, unanimous(labels), np.full(4, "Training"), words, words, np.zeros(4, dtype=np.bool_)
    )


def targets(batches: Batches, taught: np.ndarray | None = None) -> dict[int, list[float]]:
    """Of each crop, by its grey, what it should be called: anger, neutral, contempt."""
    crops, wanted = next(iter(batches.batches(0, taught)))
    greys = np.rint(np.asarray(crops)[:, 0, 0, 0] * 255).astype(int)
    return {
        int(grey): np.asarray(row, dtype=np.float64).round(4).tolist() for grey, row in zip(greys, wanted, strict=True)
    }


def test_an_opinion_has_its_share_and_is_not_asked_for_a_label_it_does_not_know() -> None:
    said = np.array([[0.5, 0.5, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
    heard = targets(Batches(examples(), ONE_SET, replace(SETTINGS, opinion_share=0.4), said))
    assert heard == {10: [0.8, 0.2, 0.0], 20: [0.4, 0.6, 0.0], 30: [0.0, 0.0, 1.0], 40: [0.0, 1.0, 0.0]}


def test_teachers_and_an_opinion_leave_the_rest_to_the_votes() -> None:
    said, taught = np.tile(np.float32([1, 1e-3, 1e-3]), (4, 1)), np.tile(np.float32([0, 0, 1]), (4, 1))
    settings = replace(SETTINGS, teacher_share=0.5, opinion_share=0.3)
    assert targets(Batches(examples(), ONE_SET, settings, said), taught)[40] == pytest.approx([0.3, 0.2, 0.5], abs=2e-3)


def test_a_label_that_is_rare_in_one_set_alone_is_shown_more_often_there() -> None:
    """Else a network learns which label to expect of the looks of a set, as of studio lamps."""
    count = 110
    labels, words = np.tile([0, 0, 0, 6, 6, 0, 0, 0, 6, 6], 11).astype(np.int64), np.full(count, "")
    sets = np.repeat(["ferplus", "news"], [10, 100])
    labels[10:20] = 0
    labels[20:] = 6  # in the news ten are angry and ninety neutral; beside them six and four
    crops = np.repeat(np.where(sets == "news", 100, 10).astype(np.uint8) + labels.astype(np.uint8), 48 * 48)
    faces = FaceExamples(
        crops.reshape(count, 48, 48), labels, unanimous(labels), words, words, words, np.zeros(count, dtype=np.bool_)
    )
    shown = Batches(faces, sets, replace(SETTINGS, batch_size=count, tempering=0.0))
    greys = np.rint(np.asarray(next(iter(shown.batches(0)))[0])[:, 0, 0, 0] * 255).astype(int)
    assert {int(grey): int((greys == grey).sum()) for grey in np.unique(greys)} == pytest.approx(
        {10: 27.5, 16: 27.5, 100: 27.5, 106: 27.5}, abs=1
    )
