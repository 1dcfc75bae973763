"""The rules of the house: who may import what, what importing the device loads, and what a wheel holds."""

import ast
import json
import shutil
import subprocess
import sys
import zipfile
from fnmatch import fnmatch
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("device", "tools")
MODULES = {path.relative_to(ROOT).as_posix(): path for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
DEVICE_MODULES = {name: path for name, path in MODULES.items() if name.startswith("device/")}

DRIVERS = "device/drivers/*.py"
NOWHERE = ""
HOMES = {
    **dict.fromkeys(("vlc", "gpiozero", "lgpio", "picamera2", "libcamera"), (DRIVERS,)),
    **dict.fromkeys(("tflite_runtime", "ai_edge_litert"), (DRIVERS,)),
    "cv2": ("device/faces/crop.py", DRIVERS),
    "systemd": ("device/appliance/systemd.py",),
    "rich": ("device/status/live_view.py",),
    **dict.fromkeys(("socket", "socketserver"), ("device/status/control_socket.py",)),
    # The box needs neither training nor a workstation nor a network.
    **dict.fromkeys(("tools", "tensorflow", "keras"), (NOWHERE,)),
    **dict.fromkeys(("asyncio", "ftplib", "http", "requests", "smtplib", "ssl", "urllib", "xmlrpc"), (NOWHERE,)),
}
"""Which modules of the device may import a library; no other module of it does."""

PURE = [f"device/{name}.py" for name in ("emotion", "observation", "recommendation", "gestures", "events", "session")]
IMPURE = {"time", "datetime", "random", "os", "pathlib", "socket", "subprocess", "threading", "sqlite3", "cv2"}

KEPT_OUT_OF_THE_WHEEL = {"tools/prepare.sh", "device/README.md", "tools/README.md"}
"""What makes the environment of a checkout, and the pages about it."""


def imported_by(source: str) -> set[str]:
    """Top-level names that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import():
                names |= {alias.name for alias in node.names}
            case ast.ImportFrom(module=str() as module, level=0):
                names.add(module)
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import os.path as p, cv2", {"os", "cv2"}),
        ("from tools.fleet import push", {"tools"}),
        ("def load():\n    if True:\n        from vlc import Instance", {"vlc"}),
        ("from . import errors", set()),
    ],
)
def test_the_reader_of_imports_sees_them_wherever_they_stand(source: str, names: set[str]) -> None:
    assert imported_by(source) == names


@pytest.mark.parametrize("name", sorted(DEVICE_MODULES))
def test_a_module_of_the_device_imports_only_what_its_place_allows(name: str) -> None:
    imported = imported_by(DEVICE_MODULES[name].read_text(encoding="utf-8"))

    strangers = {
        library for library in imported & HOMES.keys() if not any(fnmatch(name, home) for home in HOMES[library])
    }
    assert strangers == set()


@pytest.mark.parametrize("name", PURE)
def test_a_pure_module_reads_no_clock_and_touches_nothing(name: str) -> None:
    assert imported_by(DEVICE_MODULES[name].read_text(encoding="utf-8")) & IMPURE == set()


IMPORT_EVERYTHING = """
import importlib, json, pkgutil, sys
import device
names = [module.name for module in pkgutil.walk_packages(device.__path__, "device.")]
for name in names:
    importlib.import_module(name)
print(json.dumps({"imported": names, "loaded": sorted({name.partition(".")[0] for name in sys.modules})}))
"""


def test_importing_all_of_the_device_loads_neither_training_nor_tools() -> None:
    heard = subprocess.run(
        [sys.executable, "-c", IMPORT_EVERYTHING], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert heard.returncode == 0, heard.stderr
    answer = json.loads(heard.stdout)

    files = {name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in DEVICE_MODULES}
    assert {"device", *answer["imported"]} == files
    assert set(answer["loaded"]) & {"tensorflow", "keras", "tools"} == set()
    # Devices and their libraries are touched when a driver is built, never on import.
    assert set(answer["loaded"]) & {"vlc", "gpiozero", "picamera2", "tflite_runtime", "ai_edge_litert"} == set()


@pytest.mark.parametrize("name", sorted(MODULES))
def test_no_module_is_longer_than_300_lines(name: str) -> None:
    assert len(MODULES[name].read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.skipif(find_spec("build") is None, reason="the package build is absent (it belongs to the group lint)")
def test_a_wheel_holds_the_two_packages_with_their_data_and_nothing_else(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for folder in (*PACKAGES, "tests", "models"):
        shutil.copytree(ROOT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    files = (
        path.relative_to(source) for package in PACKAGES for path in (source / package).rglob("*") if path.is_file()
    )
    expected = {path.as_posix() for path in files} - KEPT_OUT_OF_THE_WHEEL

    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(source)]
    built = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    assert built.returncode == 0, built.stdout + built.stderr

    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
        entry_points = archive.read(next(name for name in held if name.endswith("entry_points.txt"))).decode()
    about = {name for name in held if name.split("/")[0].endswith(".dist-info")}
    assert held - about == expected
    assert any(name.endswith("licenses/LICENSE") for name in about)
    assert "mien = device.__main__:main" in entry_points
    assert "mien-tools = tools.__main__:main" in entry_points
