"""Shows how far the training of one row is."""

from collections.abc import Mapping
from typing import Self

from rich.console import Console
from rich.progress import Progress


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
