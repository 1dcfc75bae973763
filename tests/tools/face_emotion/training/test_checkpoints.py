import json
from pathlib import Path

import keras
import numpy as np
import pytest

from tools.errors import TrainingError
from tools.face_emotion.training.checkpoints import Checkpoints, best_epoch

SETTINGS = {"seed": 1, "epochs": 3}


def network(weight: float) -> keras.Model:
    made = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    made.set_weights([np.array([[weight]])])
    return made


def weight_of(model: keras.Model) -> float:
    return float(model.get_weights()[0][0, 0])


def test_nothing_was_begun_in_a_fresh_folder(tmp_path: Path) -> None:
    assert Checkpoints(tmp_path, SETTINGS).history() == []


def test_the_last_epoch_and_the_best_one_are_kept(tmp_path: Path) -> None:
    history: list[dict[str, float]] = []
    for weight, score in ((1, 0.5), (2, 0.7), (3, 0.6)):
        history.append({"score": score})
        Checkpoints(tmp_path, SETTINGS).save(network(weight), history)
    reopened = Checkpoints(tmp_path, SETTINGS)
    assert reopened.history() == [{"score": 0.5}, {"score": 0.7}, {"score": 0.6}]
    assert weight_of(reopened.last()) == 3
    assert weight_of(reopened.best()) == 2
    assert len(list((tmp_path / "checkpoint").glob("*.keras"))) == 2


def test_an_epoch_whose_saving_was_cut_short_does_not_count(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, SETTINGS)
    checkpoints.save(network(1), [{"score": 0.5}])
    (tmp_path / "checkpoint" / "epoch-2.keras").write_bytes(b"PK but no more")
    reopened = Checkpoints(tmp_path, SETTINGS)
    assert len(reopened.history()) == 1
    assert weight_of(reopened.last()) == 1


def test_of_equal_epochs_the_later_is_the_best() -> None:
    assert best_epoch([{"score": 0.5}, {"score": 0.7}, {"score": 0.7}, {"score": 0.6}]) == 3


def test_another_training_in_the_same_folder_is_refused_by_what_differs(tmp_path: Path) -> None:
    Checkpoints(tmp_path, SETTINGS).save(network(1), [{"score": 0.5}])
    with pytest.raises(TrainingError, match="another seed"):
        Checkpoints(tmp_path, {**SETTINGS, "seed": 2}).history()
    assert weight_of(Checkpoints(tmp_path, SETTINGS).last()) == 1


@pytest.mark.parametrize("content", ["", "[]", json.dumps({"settings": {}})])
def test_a_damaged_record_is_refused_with_the_way_out(tmp_path: Path, content: str) -> None:
    (tmp_path / "checkpoint").mkdir()
    (tmp_path / "checkpoint" / "progress.json").write_text(content)
    with pytest.raises(TrainingError, match="cannot be read") as caught:
        Checkpoints(tmp_path, SETTINGS).history()
    assert "delete" in caught.value.mend


def test_damaged_weights_are_refused_with_the_way_out(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, SETTINGS)
    checkpoints.save(network(1), [{"score": 0.5}])
    (tmp_path / "checkpoint" / "epoch-1.keras").write_bytes(b"PK but no archive")
    with pytest.raises(TrainingError, match=r"epoch-1\.keras"):
        checkpoints.last()


def test_a_finished_training_leaves_nothing_behind(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, SETTINGS)
    checkpoints.save(network(1), [{"score": 0.5}])
    checkpoints.clear()
    assert list(tmp_path.iterdir()) == []


def test_an_array_is_made_once_and_remembered_until_the_training_is_finished(tmp_path: Path) -> None:
    made: list[int] = []

    def make() -> np.ndarray:
        made.append(1)
        return np.full((2, 3), 0.25, dtype=np.float32)

    checkpoints = Checkpoints(tmp_path, {})
    first = checkpoints.recall("taught-0", make)
    assert np.array_equal(Checkpoints(tmp_path, {}).recall("taught-0", make), first)
    assert len(made) == 1
    checkpoints.clear()
    checkpoints.recall("taught-0", make)
    assert len(made) == 2
