import keras
import numpy as np
import pytest

from tools.music_emotion.musicnn.first_layer import EVERYWHERE, Grid, first_layer
from tools.music_emotion.musicnn.folding import Convolution

pytestmark = pytest.mark.training

SHAPES = ((7, 38, 3), (7, 67, 2), (128, 1, 2), (64, 1, 1), (32, 1, 3))


@pytest.fixture(scope="module")
def blocks() -> tuple[Convolution, ...]:
    random = np.random.default_rng(3)
    drawn = []
    for height, width, n in SHAPES:
        kernel = random.normal(0, 1 / np.sqrt(height * width), (height, width, 1, n))
        drawn.append(Convolution(kernel, random.normal(0, 0.1, n), random.choice([-1.0, 1.0], n)))
    return tuple(drawn)


def heard(blocks: tuple[Convolution, ...], grid: Grid, patch: np.ndarray) -> np.ndarray:
    values = keras.Input((187, 96), batch_size=1)
    return np.asarray(keras.Model(values, first_layer(values, blocks, grid))(patch))[0]


def plain(blocks: tuple[Convolution, ...], patch: np.ndarray, bands: int) -> np.ndarray:
    """Convolve as the published network does, one block after the other, on every ``bands``-th place of frequency."""
    found = []
    for block in blocks:
        height = len(block.kernel)
        padded = np.pad(patch, ((0, 0), ((height - 1) // 2, height // 2), (0, 0)))[..., np.newaxis]
        channels = np.asarray(keras.ops.conv(padded, block.kernel.astype(np.float32), padding="valid"))
        found.append((np.maximum(channels + block.bias, 0) * block.sign)[0, :, ::bands].max(axis=1))
    return np.concatenate(found, axis=1)


@pytest.fixture(scope="module")
def patch() -> np.ndarray:
    return np.random.default_rng(5).uniform(-1, 3, (1, 187, 96)).astype(np.float32)


def test_tiling_changes_nothing(blocks: tuple[Convolution, ...], patch: np.ndarray) -> None:
    np.testing.assert_allclose(heard(blocks, EVERYWHERE, patch), plain(blocks, patch, 1), atol=1e-5)


@pytest.mark.parametrize("grid", [Grid(frames=2), Grid(bands=3), Grid(frames=4, bands=2)])
def test_a_grid_holds_what_is_found_in_the_middle_of_the_frames_it_stands_for(
    blocks: tuple[Convolution, ...], patch: np.ndarray, grid: Grid
) -> None:
    looked = np.arange(187) // grid.frames * grid.frames + grid.middle
    whole = plain(blocks, np.pad(patch, ((0, 0), (0, grid.frames), (0, 0))), grid.bands)
    np.testing.assert_allclose(heard(blocks, grid, patch), whole[looked], atol=1e-5)
