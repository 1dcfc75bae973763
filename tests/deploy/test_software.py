"""The wheel of a box, and the name of a version."""

import shutil
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyinfra.api.exceptions import DeployError

from deploy.software import Software, build_wheel, find_software

ROOT = Path(__file__).parents[2]


def a_wheel(folder: Path, content: str = "x = 1", *, year: int = 2026) -> Path:
    wheel = folder / "mien-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(zipfile.ZipInfo("device/__init__.py", (year, 1, 1, 0, 0, 0)), content)
    return wheel


def stamp(
    folder: Path, *, pins: str = "numpy==2", python: str = "3.11", content: str = "x = 1", year: int = 2026
) -> str:
    requirements = folder / "requirements-box.txt"
    requirements.write_text(pins, encoding="utf-8")
    return Software(a_wheel(folder, content, year=year), requirements).stamp(python)


def test_equal_parts_have_one_name_whenever_they_were_packed(tmp_path: Path) -> None:
    assert stamp(tmp_path, year=2024) == stamp(tmp_path, year=2026)
    assert stamp(tmp_path).startswith("0.1.0-")


@given(st.sampled_from([{"pins": "numpy==1"}, {"python": "3.13"}, {"content": "x = 2"}]))
def test_another_part_is_another_version(tmp_path_factory: pytest.TempPathFactory, change: dict[str, str]) -> None:
    folder = tmp_path_factory.mktemp("software")
    assert stamp(folder, **change) != stamp(folder)  # type: ignore[arg-type]


def test_the_wheel_is_built_from_a_copy(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for name in ("device", "tools"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, checkout)
    before = sorted(checkout.rglob("*"))
    wheel = build_wheel(checkout)
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {"device/__main__.py", "device/status/status_schema.json", "tools/__main__.py"} <= names
    assert any(name.startswith("device/player/chimes/") for name in names)
    assert not [name for name in names if name.startswith("models/")]  # they reach a box as a release
    assert sorted(checkout.rglob("*")) == before
    shutil.rmtree(wheel.parent)


def test_a_checkout_that_cannot_be_packed_is_told(tmp_path: Path) -> None:
    for name in ("device", "tools"):
        (tmp_path / name).mkdir()
    for name in ("README.md", "LICENSE"):
        (tmp_path / name).touch()
    (tmp_path / "pyproject.toml").write_text("[project\n", encoding="utf-8")
    with pytest.raises(DeployError, match="no wheel can be built"):
        build_wheel(tmp_path)


def test_a_wheel_of_mien_that_lies_in_a_folder_is_not_taken(tmp_path: Path) -> None:
    strange = a_wheel(tmp_path, "import os")
    software = find_software(ROOT, tmp_path)
    assert (software.requirements, software.wheels) == (ROOT / "requirements-box.txt", tmp_path)
    assert software.wheel != strange
    with zipfile.ZipFile(software.wheel) as archive:
        assert archive.read("device/__main__.py") == (ROOT / "device/__main__.py").read_bytes()
