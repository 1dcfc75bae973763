import numpy as np
import pytest

from tools.errors import TrainingError
from tools.face_emotion.networks import NETWORKS, build


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("n_labels", [7, 8])
def test_every_network_turns_crops_into_probabilities(name: str, n_labels: int) -> None:
    network = build(name, n_labels=n_labels)
    crops = np.random.default_rng(1).random((3, 48, 48, 1)).astype(np.float32)
    probabilities = np.asarray(network(crops, training=False))
    assert probabilities.shape == (3, n_labels)
    assert probabilities.min() >= 0
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_fits_into_a_megabyte_of_int8(name: str) -> None:
    assert build(name, n_labels=8).count_params() < 900_000


def test_an_unknown_network_is_refused_with_the_known_ones() -> None:
    with pytest.raises(TrainingError) as caught:
        build("enormous", n_labels=8)
    assert "'enormous'" in caught.value.what
    assert "default" in caught.value.mend
