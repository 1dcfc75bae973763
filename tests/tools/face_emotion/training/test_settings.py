import pytest

from tools.errors import TrainingError
from tools.face_emotion.training.augmentation import NOTHING
from tools.face_emotion.training.networks import ARCHITECTURES
from tools.face_emotion.training.settings import settings_for


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_architecture_has_settings_of_its_own(architecture: str) -> None:
    settings = settings_for(architecture, seed=7)
    assert (settings.architecture, settings.seed) == (architecture, 7)


def test_the_papers_settings_are_those_that_the_source_names() -> None:
    settings = settings_for("paper", seed=1)
    assert (settings.optimiser, settings.epochs, settings.batch_size) == ("adam", 25, 32)
    assert settings.augmentation == NOTHING
    assert (settings.tempering, settings.votes, settings.patience) == (1.0, False, 0)


def test_an_unknown_architecture_is_refused_with_the_known_ones() -> None:
    with pytest.raises(TrainingError, match="enormous") as caught:
        settings_for("enormous", seed=1)
    assert all(name in caught.value.mend for name in ARCHITECTURES)
