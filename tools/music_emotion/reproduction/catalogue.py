"""Every row of the source's table: what each network is shown, what it says, what the source scored with it, and what
decides a row beside the network.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from device.emotion.vectors import LABELS, Plane
from tools.audio.features import FeatureSettings
from tools.errors import TrainingError
from tools.music_emotion.datasets.labels import LabelRule

View = Literal["spectrogram", "picture", "log-mel", "song"]
"""``spectrogram`` and ``log-mel`` in dB; ``picture``: the spectrogram drawn with a colour map; ``song``: all of it."""

MUSICNN_VA = "musicnn-va"

DEAM_CONSTANT_MEAN: Mapping[Plane, Mapping[float, float]] = MappingProxyType(
    {"octants": {1: 12.0, 2: 7.7, 3: 4.8}, "grid": {1: 5.2, 2: 6.5, 3: 4.7}}
)
"""MAE, by plane and k, of answering each of DEAM's 1,802 songs with the mean of all: mien's own count on the published
annotations. The source gives no such figure."""

SOURCE_F1_BY_LABEL: Mapping[str, float] = MappingProxyType(
    {
        "frustrated": 0.47,
        "tense": 0.53,
        "excited": 0.71,
        "happy": 0.68,
        "content": 0.48,
        "calm": 0.49,
        "tired": 0.64,
        "depressed": 0.66,
        "micro": 0.59,
        "macro": 0.58,
        "weighted": 0.60,
        "samples": 0.60,
    }
)
"""F1 in the source's classification report, by label and by average."""

FEWEST_SECONDS, MOST_SECONDS = 3.0, 60.0
"""Below, the networks' pooling leaves nothing of the time axis; above, the int8 files outgrow what is sensible."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """One row of the table."""

    name: str
    """As it is asked for on the command line; two rows may share it."""

    view: View
    """What the network is shown."""

    summary: str
    """What it is made of, for the table."""

    scaled: bool = False
    """Whether every frequency bin is brought to mean 0 and deviation 1 over the songs that are learnt from."""

    multilabel: bool = False
    """Whether it says which labels a song has, instead of the percentages of all."""

    source: Mapping[str, float] = field(default_factory=dict)
    """The source's figures on DEAM: ``mae`` in percentage points, or ``loss``, ``micro_f1`` and ``threshold``."""

    @property
    def row(self) -> str:
        """The row's name, ``mel-cnn-small, scaled``: the architecture's, and what tells it from its namesakes."""
        return f"{self.name}, {self._form}" if self._form else self.name

    @property
    def slug(self) -> str:
        """The row's name for files and the command line, ``mel-cnn-small-scaled``."""
        return f"{self.name}-{self._form}" if self._form else self.name

    @property
    def _form(self) -> str:
        if self.name != "mel-cnn-small":
            return ""
        return "scaled" if self.scaled else "unscaled"


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

    plane: Plane = "octants"
    """How the plane is cut into labels: eight octants, or the grid of sixteen squares with neutral as a ninth."""

    label_rule: LabelRule = "source"
    """Which labels a song has by its percentages: what the multi-label network learns, and what is counted."""

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

    augmented: bool = False
    """Whether what the network is shown in training is changed a little, anew in every round, which the source did not
    do (:mod:`tools.music_emotion.reproduction.augmentation`)."""

    def __post_init__(self) -> None:
        """Refuse excerpts that no network here can be built for."""
        if not FEWEST_SECONDS <= self.seconds <= MOST_SECONDS:
            what = f"excerpts of {self.seconds:g} s cannot be learnt from"
            raise TrainingError(what, mend=f"choose between {FEWEST_SECONDS:g} and {MOST_SECONDS:g} seconds")

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that the plane is cut into, in the order of every network's outputs."""
        return LABELS[self.plane]

    def features(self, view: View) -> FeatureSettings:
        """Return the settings of the features behind a view: 22,050 Hz, frames of 2,048 every 512, 128 mel bands."""
        return FeatureSettings("log-mel" if view == "log-mel" else "spectrogram", seconds=self.seconds)


ARCHITECTURES: Sequence[Architecture] = (
    Architecture("spectrogram-cnn", "spectrogram", "STFT power in dB, 3 convolutions", source={"mae": 10.34}),
    Architecture("spectrogram-image-cnn", "picture", "the spectrogram as an RGBA picture, 3 convolutions"),
    Architecture("mel-cnn", "log-mel", "log-mel in dB, 3 convolutions", source={"mae": 11.08}),
    Architecture("mel-cnn-small", "log-mel", "log-mel in dB, 2 convolutions", source={"mae": 10.86}),
    Architecture("mel-cnn-small", "log-mel", "scaled log-mel, 2 convolutions", scaled=True, source={"mae": 9.36}),
    Architecture(
        "mel-cnn-bilstm",
        "log-mel",
        "scaled log-mel, 2 convolutions, bidirectional LSTM, 2 dense",
        scaled=True,
        source={"mae": 9.76},
    ),
    Architecture(MUSICNN_VA, "song", "pretrained on real music, a new head: valence and arousal, then the rectangles"),
    Architecture(
        "mel-cnn-multilabel",
        "log-mel",
        "scaled log-mel, 2 convolutions, 3 dropouts, sigmoid",
        scaled=True,
        multilabel=True,
        source={"loss": 0.56, "micro_f1": 0.59, "threshold": 0.4},
    ),
)
"""The source scaled where it found that scaling helps; it names no scaling for the spectrogram and the pictures, and
says of the pictures only that they gave much the same."""

NAMES: tuple[str, ...] = tuple(dict.fromkeys(architecture.name for architecture in ARCHITECTURES))


def rows_of(names: Sequence[str]) -> list[Architecture]:
    """Return the rows of the table that have these names, in the table's order; all rows for no names.

    :param names: each an architecture's name, for all its rows, or the ``slug`` of one row.
    :raises TrainingError: if no row has one of the names.
    """
    known = {*NAMES, *(architecture.slug for architecture in ARCHITECTURES)}
    unknown = [name for name in names if name not in known]
    if unknown:
        what = f"no architecture is called {', '.join(map(repr, unknown))}"
        raise TrainingError(what, mend=f"choose among {', '.join(NAMES)}")
    return [row for row in ARCHITECTURES if not names or row.name in names or row.slug in names]
