"""mien as a wheel, installed into environments outside the repository; and what every verb of mien-tools does there."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.waiting import PATIENCE_SECONDS
from tools.errors import ExtraError

ROOT = Path(__file__).parents[1]
UV = ROOT / ".uv/bin/uv"  # tools/prepare.sh makes it
PARTS = ("device", "tools", "models")
_BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


def build_wheel(folder: Path, python: str) -> Path:
    """Build mien's wheel into a folder from a copy, with the setuptools of a Python's environment."""
    source = folder / "source"
    for name in PARTS:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    finished = subprocess.run(
        [python, "-c", _BUILD, str(folder)], cwd=source, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    shutil.rmtree(source)
    [wheel] = folder.glob("mien-*.whl")
    return wheel


def find_python(version: str) -> str:
    """Find a Python of a version, on the path or among pyenv's, or skip the test."""
    folder = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for candidate in (shutil.which(f"python{version}"), *sorted(folder.glob(f"{version}.*/bin/python"))):
        if candidate and subprocess.run([candidate, "--version"], capture_output=True, check=False).returncode == 0:
            return str(candidate)
    pytest.skip(f"there is no Python {version} here")


@dataclass(frozen=True)
class Workstation:
    """An environment of Python, and a folder that is no checkout, to work in."""

    environment: Path
    work: Path

    @classmethod
    def make(cls, folder: Path, python: str, wheel: Path, *installs: list[str]) -> "Workstation":
        """Make an empty environment, install with uv what is asked for into it, and mien's wheel."""
        made = cls(folder / "environment", folder / "work")
        made.work.mkdir(parents=True)
        asked = [["--no-deps", "--offline", str(wheel)], *installs]
        for words in (["venv", "--python", python, made.environment], *(["pip", "install", *one] for one in asked)):
            environment = os.environ | {"VIRTUAL_ENV": str(made.environment)}
            finished = subprocess.run([UV, "-q", *words], env=environment, capture_output=True, text=True, check=False)
            assert finished.returncode == 0, finished.stderr
        return made

    def run(self, *words: str, program: str = "mien-tools") -> subprocess.CompletedProcess[str]:
        """Run a command as an owner has it: by its script, from another folder, with nothing of the tests' own."""
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return subprocess.run(
            [self.environment / "bin" / program, *words],
            cwd=self.work,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )

    def megabytes(self) -> float:
        """Tell how much room it takes, what was compiled included."""
        return sum(path.lstat().st_blocks for path in self.environment.rglob("*")) * 512 / 1e6

    def give_music(self) -> None:
        """Lay out what an owner has: four songs, and a release to put their table into."""
        (self.work / "music").mkdir()
        for path in sorted((ROOT / "models/demo_library").glob("[cf]*.ogg"))[:4]:
            shutil.copy(path, self.work / "music")
        shutil.copytree(ROOT / "models", self.work / "release", ignore=shutil.ignore_patterns("demo_library"))


@dataclass(frozen=True)
class Job:
    """A verb's work, in the order of an owner's: what it takes, which extra suffices, and what it leaves or says."""

    words: str
    extra: str
    leaves: str = ""
    says: str = ""
    code: int = 0


NOBODY = "nobody@127.0.0.1:1"
TABLE = "release/songs.sqlite"
JOBS = (
    Job(f"analyse music --table {TABLE} --least-seconds 0", "workstation", TABLE, "4 listened to"),
    Job(f"report {TABLE} --out page", "workstation", "page/report.html"),
    Job(f"playlist {TABLE} --emotion calm --minutes 1", "fleet", says=".ogg"),
    Job(f"write-tags {TABLE} --music music", "workstation", says="moods written: 4 files"),
    Job("plot-music --song music/fog-on-the-ring-road.ogg --out plots", "workstation", "plots/mel.png"),
    Job("render-chimes --out chimes", "workstation", "chimes/goodbye.wav"),
    Job("pack-release release --id 2026.11.20", "workstation", says="2026.11.20: "),
    Job(f"bring music {NOBODY} --keep kept --yes", "workstation", says="cannot be reached", code=69),
    Job(f"push {NOBODY} --release release --dry-run", "fleet", says="cannot be reached", code=1),
    Job(f"rollback {NOBODY}", "fleet", says="cannot be reached", code=1),
    Job(f"fleet-status {NOBODY}", "fleet", says="cannot be reached", code=1),
    Job("predict-face --images plots --out faces.csv", "training", "faces.csv"),
    Job("demo --clip nowhere.mp4", "training", says="there is no such clip", code=1),
    Job("train-face --data nowhere --seed 1 --out made", "tensorflow", says="nowhere", code=65),
    Job("reproduce --data nowhere --out made", "tensorflow", says="nowhere", code=65),
    Job("reproduce-face --data nowhere --out made", "tensorflow", says="nowhere", code=65),
)
"""An owner's main jobs. To push, a box is needed (``tests/tools/fleet``): here it is enough that nobody is there."""

_HOLD = {
    "": set(),
    "fleet": {"fleet"},
    "workstation": {"fleet", "workstation"},
    "training": {"fleet", "workstation", "training", "tensorflow"},
}


def faults_of(workstation: Workstation, extra: str) -> list[str]:
    """Do every job; tell which did not do what it should, or did not name the extra that it needs in one sentence."""
    faults = []
    held = _HOLD[extra]
    if not list(workstation.environment.glob("lib/python3.11")):
        held = held - {"tensorflow"}
    for job in JOBS:
        done = workstation.run(*job.words.split())
        said = done.stdout + done.stderr
        if job.extra in held:
            well = done.returncode == job.code and job.says in said and (workstation.work / job.leaves).exists()
        else:
            well = done.returncode == ExtraError.exit_code and "comes with mien's extra" in said
            well = well and len(said.splitlines()) == 2 and "./tools/install.sh" in said
        if not well or "Traceback" in said:
            faults.append(f"{job.words}: {done.returncode}, {said}")
    return faults
