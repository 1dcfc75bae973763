import io
import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.faces.crop import resize_crop
from tools.errors import DatasetError
from tools.face_emotion.datasets.originals import LARGEST, originals_of


def test_a_crop_is_known_again_in_folders_and_in_archives(tmp_path: Path) -> None:
    generator = np.random.default_rng(3)
    sizes = {"label/a.png": (90, 90), "label/small.png": (48, 48), "label/large.png": (600, 300), "in.png": (70, 128)}
    pictures = {name: generator.integers(0, 255, size).astype(np.uint8) for name, size in sizes.items()}
    (tmp_path / "label").mkdir()
    (tmp_path / "label" / "broken.png").write_bytes(b"none")
    with tarfile.open(tmp_path / "faces.tar", "w") as archive:
        for name, picture in pictures.items():
            content = cv2.imencode(".png", picture)[1].tobytes()
            if "/" in name:
                (tmp_path / name).write_bytes(content)
            else:
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    stranger = generator.integers(0, 255, (48, 48)).astype(np.uint8)
    crops = np.array([resize_crop(picture) for picture in pictures.values()] + [stranger])
    *found, unknown = originals_of(crops, [tmp_path, tmp_path / "none.csv"])
    assert [picture.shape for picture in found] == [(90, 90), (48, 48), (LARGEST, LARGEST // 2), (70, 128)]
    assert np.array_equal(found[3], pictures["in.png"])
    assert np.array_equal(unknown, stranger)


def test_an_archive_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "faces.tar").write_bytes(b"not an archive at all" * 40)
    with pytest.raises(DatasetError, match=r"faces\.tar: cannot be read"):
        originals_of(np.zeros((1, 48, 48), dtype=np.uint8), [tmp_path])
