"""The rules of the house: who may import what, and what importing the device loads."""

import ast
import json
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tools.errors import ExtraError

ROOT = Path(__file__).parents[1]
PACKAGES = ("device", "tools")
MODULES = {path.relative_to(ROOT).as_posix(): path for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
DEVICE_MODULES = {name: path for name, path in MODULES.items() if name.startswith("device/")}

FLOORS = {
    "device": (
        "files",
        "errors",
        "panel",
        "camera",
        "player",
        "faces",
        "emotion",
        "settings",
        "observation",
        "recommendation",
        "programme",
        "session",
        "releases",
        "status",
        "appliance",
        "commands",
        "__main__",
    ),
    "tools": (
        "console",
        "transfers",
        "errors",
        "arguments",
        "digests",
        "templates",
        "plots",
        "audio",
        "model_making",
        "face_emotion",
        "music_emotion",
        "song_library",
        "library_report",
        "fleet",
        "releases",
        "demo",
        "commands",
        "__main__",
    ),
}
"""The packages and modules at the top of each tree, from the ground up: imports go down only, so there is no circle."""

MOST_ARROWS = {"device": 77, "tools": 49}
"""How many pairs of them may know each other; more of it and the plan of the house should be thought over."""

MOST_IN_A_FOLDER = 14
"""Modules beside an ``__init__``: what one looks over at a glance. Verbs are listed by ``--help`` and may be more."""

NOWHERE = ""
HOMES = {
    "vlc": ("device/player/vlc_player.py",),
    **dict.fromkeys(("gpiozero", "lgpio"), ("device/panel/gpiozero_*.py",)),
    **dict.fromkeys(("picamera2", "libcamera"), ("device/camera/picamera2_camera.py",)),
    **dict.fromkeys(("tflite_runtime", "ai_edge_litert"), ("device/emotion/tflite_model.py",)),
    "cv2": ("device/camera/*.py", "device/faces/*.py"),
    "systemd": ("device/appliance/systemd.py",),
    "rich": ("device/status/live_view.py", "device/status/terminal_text.py"),
    "sqlite3": ("device/recommendation/*.py", "device/session/history.py", "device/session/forgetting.py"),
    **dict.fromkeys(("socket", "socketserver"), ("device/status/control_*.py",)),
    # The box needs neither training nor a workstation nor a network.
    **dict.fromkeys(("tools", "tensorflow", "keras"), (NOWHERE,)),
    **dict.fromkeys(("asyncio", "ftplib", "http", "requests", "smtplib", "ssl", "urllib", "xmlrpc"), (NOWHERE,)),
}
"""Which modules of the device may import a library; no other module of it does."""

PURE = [
    *(f"device/emotion/{name}.py" for name in ("labels", "vectors")),
    *(f"device/observation/{name}.py" for name in ("aiming", "corrected", "observation", "plane_place", "smoothing")),
    *(f"device/observation/resting/{name}.py" for name in ("calibration", "choice", "correction", "names")),
    *(f"device/recommendation/{name}.py" for name in ("query", "ranking", "recommendation", "titles", "wish")),
    *(f"device/programme/{name}.py" for name in ("goal", "next_song", "programme", "taste")),
    *(f"device/session/{name}.py" for name in ("states", "events", "evening", "lookout")),
    *(f"device/session/machine/{name}.py" for name in ("advance", "lights", "session", "songs")),
    "device/panel/gestures.py",
    "device/player/levels.py",
    "device/session/volume/volume.py",
    "device/session/hours/rest.py",
    "device/camera/exposure.py",
    "device/faces/tracking.py",
    "device/faces/uprightness.py",
    "device/observation/mounting.py",
]
IMPURE = {"time", "datetime", "random", "os", "pathlib", "socket", "subprocess", "threading", "sqlite3", "cv2"}

OF_NO_EXTRA = {"_typeshed", "device", "tools", "libcamera", "picamera2", "systemd"}
"""What type checkers alone import, our own, and what comes with a box's system."""


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


def test_every_library_has_its_extra() -> None:
    sources = [path.read_text(encoding="utf-8") for path in MODULES.values()]
    foreign = set().union(*map(imported_by, sources)) - sys.stdlib_module_names - OF_NO_EXTRA
    assert {name for name in foreign if ExtraError.of(name) is None} == set()
    assert ExtraError.of("zebra") is None


def storey(module: str) -> str:
    """Name the package or module at the top of a tree that a dotted name lies in."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def arrows(tree: str) -> set[tuple[str, str]]:
    """Pairs of different top-level packages or modules of which the first imports the second, wherever in its files."""
    found = set()
    for name, path in MODULES.items():
        if not name.startswith(f"{tree}/"):
            continue
        here = name.split("/")[1].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules: list[str] = []
            match node:
                case ast.ImportFrom(module=str() as module, names=names) if module == tree:
                    modules = [f"{tree}.{alias.name}" for alias in names]
                case ast.ImportFrom(module=str() as module):
                    modules = [module]
                case ast.Import(names=names):
                    modules = [alias.name for alias in names]
            found |= {(here, storey(module)) for module in modules if module.split(".")[0] == tree}
    return {(one, other) for one, other in found if one != other}


@pytest.mark.parametrize("tree", PACKAGES)
def test_every_package_has_its_floor(tree: str) -> None:
    tops = {name.split("/")[1].removesuffix(".py") for name in MODULES if name.startswith(f"{tree}/")}
    assert tops - {"__init__"} == set(FLOORS[tree])


@pytest.mark.parametrize("tree", PACKAGES)
def test_no_import_goes_up(tree: str) -> None:
    height = {name: number for number, name in enumerate(FLOORS[tree])}
    assert {f"{one} → {other}" for one, other in arrows(tree) if height[one] < height[other]} == set()


@pytest.mark.parametrize("tree", PACKAGES)
def test_the_packages_know_few_others(tree: str) -> None:
    assert 0 < len(arrows(tree)) <= MOST_ARROWS[tree]


@pytest.mark.parametrize("folder", sorted({str(Path(name).parent) for name in MODULES}))
def test_a_folder_is_looked_over_at_a_glance(folder: str) -> None:
    modules = [name for name in MODULES if str(Path(name).parent) == folder and not name.endswith("/__init__.py")]
    assert len(modules) <= (26 if folder.endswith("commands") else MOST_IN_A_FOLDER)


@pytest.mark.parametrize("name", sorted(name for name in MODULES if name.endswith("/__init__.py")))
def test_a_package_tells_its_part_of_the_story_and_imports_nothing(name: str) -> None:
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    assert not [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]


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


SPEAKERS = {"device/commands/_output.py"}
CONSOLES = {"tools/console.py", "device/status/live_view.py"}
"""The doors through which words reach a terminal: each cleans what others have written."""

LOOKS_AT_STREAMS = {
    "device/commands/_parser.py",
    "device/commands/watch.py",
    "tools/commands/playlist.py",
    "tools/transfers.py",
}
"""Where it is asked whether a terminal is there."""


def spoken_by(source: str) -> set[str]:
    """Name every way past the doors that a module takes: print, a console of its own, a standard stream."""
    ways: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Name(id="print"):
                ways.add("print")
            case ast.Call(func=ast.Name(id="Console" | "get_console" as name)):
                ways.add(name)
            case ast.Attribute(
                value=ast.Name(id="sys"), attr="stdout" | "stderr" | "__stdout__" | "__stderr__" as name
            ):
                ways.add(f"sys.{name.strip('_')}")
    return ways


@pytest.mark.parametrize(
    ("source", "ways"),
    [
        ("f(say=print)", {"print"}),
        ("console.print(1)", set()),
        ("x = Console(stderr=True)", {"Console"}),
        ("import sys\nsys.stderr.write('x')", {"sys.stderr"}),
    ],
)
def test_the_reader_of_ways_to_speak_sees_them(source: str, ways: set[str]) -> None:
    assert spoken_by(source) == ways


@pytest.mark.parametrize("name", sorted(MODULES))
def test_words_go_out_through_the_doors_alone(name: str) -> None:
    ways = spoken_by(MODULES[name].read_text(encoding="utf-8"))
    ways -= {"print", "sys.stdout", "sys.stderr"} if name in SPEAKERS else set()
    ways -= {"Console"} if name in CONSOLES else set()
    ways -= {"sys.stdout", "sys.stderr"} if name in LOOKS_AT_STREAMS else set()
    assert ways == set()


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
