"""What decides how a training goes, and what each architecture is trained with unless told otherwise."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from tools.errors import TrainingError
from tools.face_emotion.training.augmentation import NOTHING, Augmentation


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """Everything that decides how a training goes, beside the examples."""

    seed: int
    """Start of every random choice: weights, draws, augmentation, dropout."""

    architecture: str = "default"
    """A key of :data:`tools.face_emotion.training.networks.ARCHITECTURES`."""

    epochs: int = 34
    """How often as many examples as there are get drawn, at most."""

    patience: int = 20
    """Stop early after this many epochs without a better score in validation; 0 never stops early."""

    batch_size: int = 128
    """Examples to a step."""

    optimiser: str = "adamw"
    """``adamw``: a warm-up epoch, then a cosine down to nearly 0; ``adam``: the same rate throughout."""

    learning_rate: float = 2e-3
    """The highest rate."""

    weight_decay: float = 0.02
    """Decoupled decay of all weights, in proportion to the rate."""

    tempering: float = 0.5
    """A set's label with n examples is drawn in proportion to n ** tempering: 1 is the data as they are, 0 all alike.

    Set by set, since what is rare in one may be common in another: a network soon sees which set a face is from, and
    would learn which label to expect there.
    """

    votes: bool = True
    """Learn the shares of the annotators' votes; if not, the one label, as if all had agreed."""

    teacher_share: float = 0.0
    """How much of the target is what the teachers say to the very same changed crop; the rest are the votes."""

    opinion_share: float = 0.0
    """How much of the target is what the second opinion says to that crop; see
    :mod:`tools.face_emotion.training.second_opinion`."""

    rounds: int = 6
    """With teachers: how many rounds of draws and changes there are before the first comes again, its answers known."""

    precision: str = "float32"
    """What multiplications are done in: ``float32`` or ``bfloat16``; see
    :func:`tools.face_emotion.training.networks.build`."""

    augmentation: Augmentation = field(default_factory=Augmentation)
    """How far the crops are changed."""


def settings_for(architecture: str, *, seed: int) -> TrainingSettings:
    """Return what an architecture is trained with by default.

    :raises TrainingError: if no architecture has this name.
    """
    if architecture not in _DEFAULTS:
        what = f"no architecture is called {architecture!r}"
        raise TrainingError(what, mend=f"choose one of {', '.join(_DEFAULTS)}")
    return _DEFAULTS[architecture](seed)


def _default(seed: int) -> TrainingSettings:
    return TrainingSettings(seed)


def _paper(seed: int) -> TrainingSettings:
    """The source's: Adam, cross-entropy, 25 epochs, batches of 32; it names no augmentation and no balancing."""
    return TrainingSettings(
        seed,
        architecture="paper",
        epochs=25,
        patience=0,
        batch_size=32,
        optimiser="adam",
        learning_rate=1e-3,
        weight_decay=0.0,
        tempering=1.0,
        votes=False,
        augmentation=NOTHING,
    )


def _teacher(seed: int) -> TrainingSettings:
    """Fewer epochs and a lower rate than with fresh weights: the features it begins with need bending, not making.

    It is asked about faces in good light only (:meth:`tools.face_emotion.training.batches.Batches.taught`), so it sees
    no other.
    """
    return TrainingSettings(
        seed,
        architecture="teacher",
        epochs=14,
        batch_size=64,
        learning_rate=1e-3,
        weight_decay=0.05,
        augmentation=Augmentation(dimming=0.0),
    )


def _faceres_teacher(seed: int) -> TrainingSettings:
    """A lower rate than dlib's network takes: its batch norms are folded, and nothing holds large steps back."""
    return replace(_teacher(seed), architecture="teacher-faceres", epochs=6, learning_rate=4e-4)


_DEFAULTS: MappingProxyType[str, Callable[[int], TrainingSettings]] = MappingProxyType(
    {"default": _default, "paper": _paper, "teacher": _teacher, "teacher-faceres": _faceres_teacher}
)
