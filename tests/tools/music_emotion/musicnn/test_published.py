import os
from pathlib import Path

import numpy as np
import pytest

from tools.errors import DatasetError
from tools.music_emotion.model.golden import draw_patch
from tools.music_emotion.musicnn.backbone import calibrated_backbone
from tools.music_emotion.musicnn.published import OriginalNetwork, read_weights

pytestmark = pytest.mark.training

CHECKPOINT = "MSD_musicnn"


@pytest.fixture
def package() -> Path:
    folder = os.environ.get("MIEN_MUSICNN")
    if not folder:
        pytest.skip("MIEN_MUSICNN does not name the folder of the PyPI package musicnn 0.1.0")
    return Path(folder)


@pytest.mark.parametrize("checkpoint", ["MSD_musicnn", "MTT_musicnn"])
def test_the_folded_network_agrees_with_the_published_graph(package: Path, checkpoint: str) -> None:
    noise = np.random.default_rng(4).uniform(0, 2, (3, 187, 96)).astype(np.float32)
    patches = np.concatenate([draw_patch(), noise * draw_patch()])
    backbone = calibrated_backbone(read_weights(package, checkpoint), patches)
    with OriginalNetwork(package, checkpoint) as original:
        outputs = original.run(patches, batch=3)
    assert outputs.tags.shape == (4, 50)
    expected = backbone.of_original(outputs)
    found = np.concatenate([np.asarray(backbone.network(patch[np.newaxis])) for patch in patches])
    assert np.abs((found - expected) * backbone.units).max() < 5e-3


def test_a_folder_without_the_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=CHECKPOINT):
        read_weights(tmp_path, CHECKPOINT)


def test_a_torn_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / CHECKPOINT).mkdir()
    for name in (".index", ".meta", ".data-00000-of-00001"):
        (tmp_path / CHECKPOINT / name).write_bytes(b"torn")
    with pytest.raises(DatasetError, match="cannot be read"):
        read_weights(tmp_path, CHECKPOINT)
    with pytest.raises(DatasetError, match="cannot be read"):
        OriginalNetwork(tmp_path, CHECKPOINT)
