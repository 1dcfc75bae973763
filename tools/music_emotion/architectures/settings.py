"""What decides how the rows of the table are trained."""

from dataclasses import dataclass

from tools.audio.features import FeatureSettings
from tools.errors import TrainingError

FEWEST_SECONDS, MOST_SECONDS = 3.0, 60.0
"""Below, the networks' pooling leaves nothing of the time axis; above, the int8 files outgrow what is sensible."""


@dataclass(frozen=True, slots=True)
class RowSettings:
    """Everything that decides a row, beside its architecture and the songs.

    The source names Adam and its loss functions; rate, batches and rounds are not in it.

    :raises TrainingError: if the excerpts are too short or too long.
    """

    seed: int = 0
    """Start of every random choice: split, weights, order of the songs, dropout, calibration of int8."""

    k: int = 1
    """Half the side of a song's rectangle, in standard deviations of its ratings: 1, 2 or 3."""

    seconds: float = 6.0
    """Length of the excerpt from the middle of a song. clips-va has no more than these 6."""

    epochs: int = 60
    """Rounds of training at most."""

    patience: int = 10
    """Rounds without a better loss in validation after which a training ends."""

    batch_size: int = 16
    """Songs to a step."""

    learning_rate: float = 1e-3
    """Adam's, throughout."""

    def __post_init__(self) -> None:
        """Refuse excerpts that no network here can be built for."""
        if not FEWEST_SECONDS <= self.seconds <= MOST_SECONDS:
            what = f"excerpts of {self.seconds:g} s cannot be learnt from"
            raise TrainingError(what, mend=f"choose between {FEWEST_SECONDS:g} and {MOST_SECONDS:g} seconds")

    def features(self, kind: str) -> FeatureSettings:
        """Return the settings of the features of one kind: 22,050 Hz, frames of 2,048 every 512, 128 mel bands."""
        return FeatureSettings("spectrogram" if kind == "spectrogram" else "log-mel", seconds=self.seconds)
