"""Shows how far a training is, and says when it gets no further."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class ProgressBar(Progress):
    """Draws a bar over the batches of all epochs, and a line for each epoch done; a context manager."""

    def __init__(self, console: Console, epochs: int) -> None:
        columns = (
            *self.get_default_columns()[:-1],
            MofNCompleteColumn(),
            TextColumn("batches"),
            TimeRemainingColumn(),
        )
        super().__init__(*columns, console=console)
        self._bar = self.add_task("training", total=None)
        self._epochs = epochs

    def batch_done(self, epoch: int, batch: int, batches: int) -> None:
        """Move the bar."""
        self.update(self._bar, total=self._epochs * batches, completed=(epoch - 1) * batches + batch)

    def epoch_done(self, epoch: int, figures: Mapping[str, float]) -> None:
        """Print what an epoch gave."""
        self.console.print(
            f"epoch {epoch} of {self._epochs}: loss {figures['loss']:.3f}, "
            f"validation accuracy {figures['accuracy']:.3f}, macro F1 {figures['macro_f1']:.3f}"
        )


class Rounds(Progress):
    """Draws a bar over the rounds of one row, with the last round's figures; a context manager."""

    def __init__(self, console: Console, row: str, epochs: int) -> None:
        super().__init__(console=console)
        self._row = row
        self._bar = self.add_task(row, total=epochs)

    def epoch_done(self, epoch: int, figures: Mapping[str, float]) -> None:
        """Move the bar."""
        text = f"{self._row}: loss {figures['loss']:.3g}, in validation {figures['validation_loss']:.3g}"
        self.update(self._bar, completed=epoch, description=text)


def is_stuck(scores: Sequence[float], patience: int) -> bool:
    """Has no round of the last ``patience`` been better in validation than all before them?

    :param scores: of every round so far; larger is better, so a loss comes with its sign changed.
    :param patience: 0 never gives up.
    """
    return 0 < patience < len(scores) and max(scores[-patience:]) <= max(scores[:-patience])
