"""What a wheel holds, and that mien-tools works from it outside the repository, with each of the smaller extras."""

import os
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.wheels import PARTS, ROOT, UV, Workstation, build_wheel, faults_of, find_python

KEPT_OUT = {"tools/prepare.sh", "tools/run_tests.sh", "tools/install.sh", "device/README.md", "tools/README.md"}
"""What makes an environment of a checkout and tests it, and the pages about it."""


EVERY = "MIEN_EVERY_EXTRA" in os.environ
"""make test-extras: with every Python that mien-tools is for, and 2 GB of TensorFlow."""
VERSIONS = ("3.11", "3.12", "3.13") if EVERY else ("",)
EXTRAS = ("", "fleet", "workstation", *(("training",) if EVERY else ()))
MOST_MEGABYTES = 500


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if find_spec("setuptools") is None:
        pytest.skip("setuptools is absent (it belongs to the extra installer)")
    return build_wheel(tmp_path_factory.mktemp("wheel"), sys.executable)


def test_a_wheel_holds_code_data_and_models_and_nothing_else(wheel: Path) -> None:
    files = (path for part in PARTS for path in (ROOT / part).rglob("*") if "__pycache__" not in path.parts)
    expected = {path.relative_to(ROOT).as_posix() for path in files if path.is_file()} - KEPT_OUT
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
        entry_points = archive.read(next(name for name in held if name.endswith("entry_points.txt"))).decode()
    about = {name for name in held if name.split("/")[0].endswith(".dist-info")}
    assert held - about == expected
    assert any(name.endswith("licenses/LICENSE") for name in about)
    assert "mien = device.__main__:main" in entry_points
    assert "mien-tools = tools.__main__:main" in entry_points


def test_mien_tools_is_not_put_into_a_32_bit_python(tmp_path: Path) -> None:
    answers = 'case "$2" in *version*) echo 3.13 ;; *maxsize*) echo False ;; esac'
    for name in ("python3", "python3.13"):
        (tmp_path / name).write_text(f"#!/bin/sh\n{answers}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    environment = {"HOME": str(tmp_path), "PATH": f"{tmp_path}:/usr/bin:/bin"}
    refused = subprocess.run(
        [ROOT / "tools/install.sh"], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert refused.returncode == 1
    assert "a 64-bit system is needed" in refused.stderr
    assert not (tmp_path / ".local").exists()


@pytest.mark.parametrize(("version", "extra"), [(version, extra) for version in VERSIONS for extra in EXTRAS])
def test_every_verb_does_its_job_or_names_the_extra_that_it_needs(
    wheel: Path, tmp_path: Path, version: str, extra: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if not UV.exists():
        pytest.skip("tools/prepare.sh has not set uv up here")
    packs = {
        "": [],
        "fleet": [["-c", str(ROOT / "requirements-workstation.txt"), f"mien[fleet] @ {wheel.as_uri()}"]],
        "workstation": [["--require-hashes", "--no-deps", "-r", str(ROOT / "requirements-workstation.txt")]],
        "training": [["--require-hashes", "--no-deps", "-r", str(ROOT / "requirements-training.txt")]],
    }
    workstation = Workstation.make(tmp_path, find_python(version) if version else sys.executable, wheel, *packs[extra])
    workstation.give_music()
    assert faults_of(workstation, extra) == []
    if not extra:
        assert (
            "numpy is not installed, which comes with mien's extra device"
            in workstation.run("observe", program="mien").stderr
        )
    if extra == "workstation":
        assert 100 < workstation.megabytes() < MOST_MEGABYTES
        assert not list(workstation.environment.glob("lib/*/site-packages/tensorflow*"))
    if EVERY:
        with capsys.disabled():
            print(f"\nPython {version}, extra {extra or 'none'}: {workstation.megabytes():.0f} MB")  # noqa: T201
