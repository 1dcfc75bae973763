"""The software that a box is to run: its wheel, the pins of what it needs, and one name for the whole of it."""

import atexit
import functools
import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from pyinfra.api.exceptions import DeployError

REQUIREMENTS = "requirements-box.txt"

SOURCES = ("device", "tools", "pyproject.toml", "README.md", "LICENSE")
"""What mien's wheel is built from: all but the models, which reach a box as a release."""
_BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
"""Without pip, which would fetch something to build with: setuptools is here, by its hash."""
_STAMP_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Software:
    """What one version of the software is made of."""

    wheel: Path
    requirements: Path
    wheels: Path | None = None
    """The folder that all other wheels come from; without one they come from the package index."""

    def stamp(self, python: str) -> str:
        """Name this version as installed for one Python: ``0.1.0-3f2a9c04b17e``; equal parts, equal name.

        :param python: the version of the Python, ``3.11`` say.
        """
        digest = hashlib.sha256(f"{python}\n".encode() + self.requirements.read_bytes() + _content(self.wheel))
        return f"{self.wheel.name.split('-')[1]}-{digest.hexdigest()[:_STAMP_DIGITS]}"


def find_software(checkout: Path, wheels: Path | None) -> Software:
    """Build mien's wheel from the checkout, and take all else from a folder of wheels, or from the package index.

    A wheel of mien in the folder is left alone: the pins have no hash of it, and it could be anybody's.

    :raises DeployError: if the wheel cannot be built.
    """
    return Software(build_wheel(checkout), checkout / REQUIREMENTS, wheels)


@functools.cache
def build_wheel(checkout: Path) -> Path:
    """Build mien's wheel with this Python's setuptools, from a copy: the checkout stays as it is.

    Once for all boxes of a run; it is gone when the run ends.

    :raises DeployError: if setuptools fails.
    """
    work = Path(tempfile.mkdtemp(prefix="mien-wheel-"))
    atexit.register(shutil.rmtree, work, ignore_errors=True)
    for name in SOURCES:
        source = checkout / name
        if source.is_dir():
            shutil.copytree(source, work / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, work / name)
    (work / "models").mkdir()
    command = [sys.executable, "-c", _BUILD, str(work)]
    built = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    if built.returncode:
        last = built.stderr.strip().splitlines()[-1:]
        msg = f"{checkout}: no wheel can be built ({' '.join(last)}); requirements-installer.txt has what is needed"
        raise DeployError(msg)
    return next(work.glob("mien-*.whl"))


def _content(wheel: Path) -> bytes:
    """Tell what a wheel holds, whenever it was packed."""
    with zipfile.ZipFile(wheel) as archive:
        return "".join(sorted(f"{entry.filename} {entry.CRC}\n" for entry in archive.infolist())).encode()
