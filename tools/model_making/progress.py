"""Shows how far a training is."""

from collections.abc import Mapping
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
