"""Telling how far a training is, and when it gets no further."""

import io

import pytest
from rich.console import Console

from tools.model_making.progress import ProgressBar, Rounds, is_stuck


@pytest.mark.parametrize(
    "scores", [[3, 2, 3], [3, 4, 2, 4], [-3.0, -4.0, -3.0]], ids=["as good again", "not once better", "losses"]
)
def test_a_training_is_stuck_when_none_of_the_last_two_rounds_was_better_than_all_before(scores: list[float]) -> None:
    assert is_stuck(scores, 2)


@pytest.mark.parametrize("scores", [[], [3, 2], [3, 2, 3.1], [3, 4, 2], [-3.0, -4.0, -2.9]])
def test_a_training_goes_on_as_long_as_one_of_the_last_two_rounds_was_better_or_has_yet_to_come(
    scores: list[float],
) -> None:
    assert not is_stuck(scores, 2)


def test_without_patience_a_training_is_never_given_up() -> None:
    assert not is_stuck([9, 1, 1, 1], 0)


def test_the_bar_counts_the_batches_of_all_epochs_and_tells_what_each_gave() -> None:
    console = Console(file=io.StringIO(), width=100)
    with ProgressBar(console, epochs=3) as bar:
        bar.batch_done(2, 5, 10)
        bar.epoch_done(2, {"loss": 1.25, "accuracy": 0.5, "macro_f1": 0.25})
        [task] = bar.tasks
        assert (task.completed, task.total) == (15, 30)
    printed = console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO
    assert "epoch 2 of 3: loss 1.250, validation accuracy 0.500, macro F1 0.250" in printed


def test_the_bar_of_a_row_counts_its_rounds() -> None:
    console = Console(file=io.StringIO(), width=100)
    with Rounds(console, "mel-cnn", epochs=4) as rounds:
        rounds.epoch_done(3, {"loss": 12.5, "validation_loss": 14.0})
        [task] = rounds.tasks
        assert (task.completed, task.total) == (3, 4)
    assert task.description == "mel-cnn: loss 12.5, in validation 14"
