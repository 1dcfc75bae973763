"""A folder of wheels for a box without a network: what the box needs, and what its installer needs."""

import platform
from collections.abc import Iterator, Sequence
from pathlib import Path

from packaging.requirements import Requirement
from store import carry_out, kept, key_of

REPOSITORY = Path(__file__).parents[2]

_PINS = ("requirements-box.txt", "requirements-installer.txt")
_NEWEST_GLIBC = 36
"""Debian bookworm's minor version: a wheel that asks for a newer one would not load there."""


def wheelhouse(python: str, machine: str = platform.machine()) -> Path:
    """Return a folder of wheels for Python ``python`` ("3.11", "3.13") on this machine's kind of processor, or another.

    It holds everything that ``requirements-box.txt`` and ``requirements-installer.txt`` pin, checked against their
    hashes; mien itself is built from the checkout by the installer.
    """
    pins = "".join((REPOSITORY / name).read_text(encoding="utf-8") for name in _PINS)
    return kept(
        f"wheels-{python}-{machine}-{key_of([python, machine, pins])}",
        lambda folder: _download(pins, python, machine, folder),
    )


def pins_for(pins: str, python: str, machine: str) -> list[str]:
    """Return the pins that hold for a Python on Linux, hashes with them and markers gone.

    pip would judge the markers by the Python that runs it, and not by the one asked for.
    """
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "platform_machine": machine,
        "platform_system": "Linux",
        "sys_platform": "linux",
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": "",
    }
    chosen = []
    for line in pins.replace("\\\n", " ").splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        pin, *hashes = line.split(" --hash=")
        requirement = Requirement(pin.strip())
        if requirement.marker is None or requirement.marker.evaluate(environment):
            chosen.append(" ".join([f"{requirement.name}{requirement.specifier}", *(f"--hash={h}" for h in hashes)]))
    return sorted(set(chosen))


def _download(pins: str, python: str, machine: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    wanted = folder / "requirements.txt"
    wanted.write_text("\n".join(pins_for(pins, python, machine)), encoding="utf-8")
    python_of_uv = REPOSITORY / ".uv" / "bin" / "python"  # tools/prepare.sh makes it, and it has pip
    pip = ["-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    tags = [f"--platform={tag}_{machine}" for tag in _platforms()]
    abi = f"cp{python.replace('.', '')}"
    # --ignore-requires-python: as deploy/installing.py has it, for backports-strenum.
    kind = [
        "--only-binary=:all:",
        "--ignore-requires-python",
        f"--python-version={python}",
        f"--abi={abi}",
        "--abi=abi3",
        "--abi=none",
    ]
    carry_out([python_of_uv, *pip, *kind, *tags, "--dest", folder, "-r", wanted])
    wanted.unlink()


def _platforms() -> Iterator[str]:
    yield from (f"manylinux_2_{minor}" for minor in range(_NEWEST_GLIBC, 4, -1))
    yield from ("manylinux2014", "manylinux2010", "manylinux1", "linux")


def contents_of(names: Sequence[str]) -> Iterator[bytes]:
    """Return every file of the checkout that is one of ``names`` or lies below one: its path, a zero, what it holds."""
    for name in names:
        origin = REPOSITORY / name
        files = sorted(origin.rglob("*")) if origin.is_dir() else [origin]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                yield str(file.relative_to(REPOSITORY)).encode() + b"\0" + file.read_bytes()
