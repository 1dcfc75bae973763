"""What the virtual machines are made of: which Debian, on which processor, and what plays a Pi's parts on it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from architecture import AMD64, ARM64, Architecture
from store import carry_out, need
from wheelhouse import REPOSITORY, pins_for

from deploy import layout

GUEST = Path(__file__).parent / "guest"
"""The files that are put into machines."""
PARTS = "usr/local/share/pi-parts"
"""Where most of them lie there."""

_UV = REPOSITORY / ".uv" / "bin" / "uv"
_HASHED = ("--require-hashes", "--require-build-hashes", "--build-constraints", REPOSITORY / "requirements-build.txt")
_INSTALL = (_UV, "pip", "install", "--quiet", "--no-deps", *_HASHED, "--compile-bytecode")
_FROM_APT = GUEST / "requirements.txt"


@dataclass(frozen=True, slots=True)
class Blueprint:
    """One kind of virtual machine."""

    architecture: Architecture
    suite: str
    """Debian's release."""
    python: str
    """That release's own Python."""
    runtime: str
    """The distribution that runs the models on it."""
    packages: tuple[str, ...]
    """What is installed before mien is."""
    places: Mapping[str, str]
    """Where each file of :data:`GUEST` goes."""
    bring_libraries: Callable[[Path], None]
    """Puts what Raspberry Pi OS has in apt and plain Debian has not into a folder of modules."""

    @property
    def modules(self) -> str:
        """The folder of modules that the machine's Python finds."""
        return f"usr/local/lib/python{self.python}/dist-packages"


def _bring_camera_and_lines(modules: Path) -> None:
    """Bring picamera2, what its import loads, and lgpio, which has to be built for Python 3.13."""
    need("swig", "swig")
    python = REPOSITORY / ".venv313" / "bin" / "python"
    if not python.exists():
        pytest.fail(
            "no Python 3.13, which builds lgpio for trixie: install one, then tools/prepare.sh test", pytrace=False
        )
    environment = os.environ | {"PYPI": "1"}  # lgpio's own switch: bring the C library along
    carry_out([*_INSTALL, "--python", python, "--target", modules, "-r", _FROM_APT], env=environment)
    with (modules / "picamera2" / "__init__.py").open("a", encoding="utf-8") as source:
        source.write("\nimport virtual_camera  # the appliance's\n")


def _bring_lines(modules: Path) -> None:
    """Bring lgpio, as its wheel for arm64; bookworm's libcamera has no virtual camera for picamera2."""
    pins = pins_for(_FROM_APT.read_text(encoding="utf-8"), "3.11", ARM64.machine)
    wanted = modules / "requirements.txt"
    modules.mkdir(parents=True, exist_ok=True)
    wanted.write_text("\n".join(pin for pin in pins if pin.startswith("lgpio==")), encoding="utf-8")
    foreign = ("--python-platform", "aarch64-manylinux_2_36", "--python-version", "3.11", "--only-binary", ":all:")
    carry_out([*_INSTALL, *foreign, "--target", modules, "-r", wanted])
    wanted.unlink()


_PACKAGES = ("systemd-sysv", "udev", "dbus", "kmod", "python3", "qemu-guest-agent", *layout.PACKAGES)
_PLACES = {
    "pi-parts.service": "etc/systemd/system/pi-parts.service",
    "pi-parts.sh": f"{PARTS}/pi-parts.sh",
    "pi-parts.rules": "etc/udev/rules.d/60-pi-parts.rules",
    "pi-parts.conf": "etc/systemd/system/mien.service.d/pi-parts.conf",
    "agent.conf": "etc/systemd/system/qemu-guest-agent.service.d/quiet.conf",
    "press.sh": f"{PARTS}/press.sh",
    "turn.sh": f"{PARTS}/turn.sh",
    "led.py": f"{PARTS}/led.py",
    "busy.sh": f"{PARTS}/busy.sh",
    "busy.toml": f"{PARTS}/busy.toml",
    "well.py": f"{PARTS}/well.py",
}
_TRIXIE_MODULES = "usr/local/lib/python3.13/dist-packages"

TRIXIE = Blueprint(
    architecture=AMD64,
    suite="trixie",
    python="3.13",
    runtime="ai-edge-litert",
    packages=(*_PACKAGES, "python3-libcamera", "libcamera-ipa", "python3-prctl", "python3-pil", "python3-numpy"),
    places={
        **_PLACES,
        "mien.toml": "etc/mien/mien.toml",
        "virtual.yaml": "usr/share/libcamera/pipeline/virtual/virtual.yaml",
        "virtual_camera.py": f"{_TRIXIE_MODULES}/virtual_camera.py",
        "pykms.py": f"{_TRIXIE_MODULES}/pykms.py",
    },
    bring_libraries=_bring_camera_and_lines,
)
"""A new Debian on this machine's kind of processor, with a camera."""

BOOKWORM_ARM64 = Blueprint(
    architecture=ARM64,
    suite="bookworm",
    python="3.11",
    runtime="tflite-runtime",
    packages=_PACKAGES,
    places={**_PLACES, "arm64.toml": "etc/mien/mien.toml"},
    bring_libraries=_bring_lines,
)
"""An older Debian on a Pi's kind of processor; its camera is a recording."""

BLUEPRINTS = {blueprint.architecture.debian: blueprint for blueprint in (TRIXIE, BOOKWORM_ARM64)}
"""By Debian's name of their architecture."""
