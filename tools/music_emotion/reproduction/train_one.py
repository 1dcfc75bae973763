"""Training one network of the source, which becomes a music model's folder of its own."""

from pathlib import Path
from typing import Any

from rich.console import Console

from tools.errors import TrainingError
from tools.music_emotion.reproduction.catalogue import MUSICNN_VA, NAMES, RowSettings, rows_of
from tools.music_emotion.reproduction.material import Data, gather_training_data
from tools.music_emotion.reproduction.network_folder import write_network
from tools.music_emotion.reproduction.train_row import train_row


def train_one(name: str, data: Data, out: Path, settings: RowSettings, console: Console) -> dict[str, Any]:
    """Train one of the source's networks and write its folder; an earlier model there stays until this one is complete.

    :param name: of the architecture; where it has two rows in the table, the ``slug`` of one, or else the scaled one is
        meant.
    :returns: the card.
    :raises MienError: if there is no such network to train, or data or folder cannot be used.
    """
    architecture = rows_of([name])[-1]
    if architecture.name == MUSICNN_VA:
        what = f"{MUSICNN_VA} is not one of the source's networks"
        raise TrainingError(what, mend=f"choose among {', '.join(known for known in NAMES if known != MUSICNN_VA)}")
    material = gather_training_data(data, settings, console)
    trained = train_row(architecture, material, settings, console)
    return write_network(out, architecture, material, settings, trained)
