"""Shows how far a training is."""

from collections.abc import Mapping, Sequence
from typing import Self

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class ProgressBar:
    """Draws a bar over the batches of all epochs, and a line for each epoch done; a context manager."""

    def __init__(self, console: Console, epochs: int) -> None:
        columns = (
            *Progress.get_default_columns()[:-1],
            MofNCompleteColumn(),
            TextColumn("batches"),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=console)
        self._bar = self._progress.add_task("training", total=None)
        self._epochs = epochs

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def batch_done(self, epoch: int, batch: int, batches: int) -> None:
        """Move the bar."""
        self._progress.update(self._bar, total=self._epochs * batches, completed=(epoch - 1) * batches + batch)

    def epoch_done(self, epoch: int, figures: Mapping[str, float]) -> None:
        """Print what an epoch gave."""
        self._progress.console.print(
            f"epoch {epoch} of {self._epochs}: loss {figures['loss']:.3f}, "
            f"validation accuracy {figures['accuracy']:.3f}, macro F1 {figures['macro_f1']:.3f}"
        )


def _is_stuck(history: Sequence[Mapping[str, float]], patience: int) -> bool:
    """Has no epoch of the last ``patience`` been better than all before them?"""
    scores = [epoch["score"] for epoch in history]
    return 0 < patience < len(scores) and max(scores[-patience:]) <= max(scores[:-patience])


class Rounds:
    """Draws a bar over the rounds of one row, with the last round's figures; a context manager."""

    def __init__(self, console: Console, row: str, epochs: int) -> None:
        self._progress = Progress(console=console)
        self._row = row
        self._bar = self._progress.add_task(row, total=epochs)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def epoch_done(self, epoch: int, figures: Mapping[str, float]) -> None:
        """Move the bar."""
        text = f"{self._row}: loss {figures['loss']:.3g}, in validation {figures['validation_loss']:.3g}"
        self._progress.update(self._bar, completed=epoch, description=text)


def is_stuck(history: Sequence[Mapping[str, float]], patience: int) -> bool:
    """Has no round of the last ``patience`` been better in validation than all before them?"""
    losses = [figures["validation_loss"] for figures in history]
    return len(losses) > patience and min(losses[-patience:]) >= min(losses[:-patience])
