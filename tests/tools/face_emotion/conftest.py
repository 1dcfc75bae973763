import lzma
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

LABELS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral", "contempt")
N_LABELS = len(LABELS)


def pixels(crop: np.ndarray) -> str:
    return " ".join(str(value) for value in crop.ravel())


def drawn_crop(label: int, generator: np.random.Generator) -> np.ndarray:
    """A crop that even a toy model can tell: grey noise with a bright bar whose place is the label."""
    crop = generator.integers(60, 120, (48, 48))
    crop[6 * label : 6 * label + 6] += 120
    return crop


def packed(name: str, header: str, rows: list[str]) -> bytes:
    content = "\n".join([header, *rows, ""]).encode()
    return lzma.compress(content, preset=0) if name.endswith(".xz") else content


@pytest.fixture
def write_csv(tmp_path: Path) -> Callable[..., Path]:
    """Write a file from a header and rows, packed if its name ends in .xz."""

    def write(name: str, header: str, rows: list[str]) -> Path:
        path = tmp_path / name
        path.write_bytes(packed(name, header, rows))
        return path

    return write


@pytest.fixture(scope="session")
def toy_files() -> dict[str, bytes]:
    """256 + 64 drawn rows as FERPlus, and 48 rows of six people as CK+."""
    generator = np.random.default_rng(5)
    ferplus = []
    for number in range(320):
        label = number % N_LABELS
        votes = np.full(N_LABELS, 0.02) + 0.84 * np.eye(N_LABELS)[label]
        usage = "Training" if number < 256 else "PublicTest"
        shares = ",".join(f"{vote:.3f}" for vote in votes)
        ferplus.append(f"{label},{pixels(drawn_crop(label, generator))},{usage},{shares}")
    ckplus = [
        f"{number % N_LABELS},{pixels(drawn_crop(number % N_LABELS, generator))},Training,S{number // 8:03},q,0"
        for number in range(48)
    ]
    header = "emotion,pixels,Usage," + ",".join(f"p_{label}" for label in LABELS)
    return {
        "ferplus.csv.xz": packed("ferplus.csv.xz", header, ferplus),
        "ckplus.csv": packed("ckplus.csv", "emotion,pixels,Usage,subject,sequence,peak", ckplus),
    }


@pytest.fixture
def toy_data(tmp_path: Path, toy_files: dict[str, bytes]) -> Path:
    """A folder with the toy files."""
    for name, content in toy_files.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path
