"""tools/install.sh, with a Python that only says it did its work: what it finds, asks for and leaves."""

import subprocess
from pathlib import Path

import pytest

from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
PROGRAMS = ("cat", "cp", "dirname", "echo", "id", "ln", "mkdir", "mktemp", "readlink", "rm", "sh", "touch", "uname")
PYTHON = """#!/bin/sh
case "$*" in
*version_info*) echo {version} ;;
*maxsize*) echo {wide} ;;
*"import ensurepip"*) exit {lame} ;;
*"-m venv"*) for home; do :; done; mkdir -p "$home/bin" && cp "$0" "$home/bin/python" && touch "$home/pyvenv.cfg" ;;
*"-r requirements"*) echo "$*" >>"$HOME/asked" && exit {broken} ;;
esac
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A user's home, with a path of nothing but what the script needs."""
    (tmp_path / "programs").mkdir()
    for name in PROGRAMS:
        (tmp_path / "programs" / name).symlink_to(f"/bin/{name}")
    return tmp_path


def give_python(
    home: Path, name: str = "python3", *, version: str = "3.11", wide: bool = True, lame: int = 0, broken: int = 0
) -> None:
    path = home / "programs" / name
    path.write_text(PYTHON.format(version=version, wide=wide, lame=lame, broken=broken), encoding="utf-8")
    path.chmod(0o755)


def install(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "tools/install.sh", *words],
        env={"PATH": str(home / "programs"), "HOME": str(home)},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


def test_it_installs_links_says_so_and_goes_again(home: Path) -> None:
    give_python(home)
    for _ in range(2):
        done = install(home)
        assert done.returncode == 0, done.stderr
        assert f"Installed: {home}/.local/bin/mien-tools" in done.stdout
        assert "export PATH=" in done.stdout
    assert (home / ".local/bin/mien-tools").readlink() == home / ".local/share/mien-tools/bin/mien-tools"
    asked = (home / "asked").read_text(encoding="utf-8")
    assert asked.count("--require-hashes --only-binary=:all: -r requirements-workstation.txt") == 2
    assert install(home, "--remove").returncode == 0
    assert not list((home / ".local/bin").iterdir())
    assert not (home / ".local/share/mien-tools").exists()


def test_for_training_the_python_that_can_train_comes_first(home: Path) -> None:
    give_python(home, version="3.13")
    give_python(home, "python3.11", version="3.11")
    assert install(home, "training").returncode == 0
    assert "requirements-training.txt" in (home / "asked").read_text(encoding="utf-8")
    assert "echo 3.11" in (home / ".local/share/mien-tools/bin/python").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("python", "told"),
    [
        (None, "a Python of these is needed, and none is on the path: 3.13 3.12 3.11"),
        ({"version": "3.9"}, "a Python of these is needed"),
        ({"wide": False}, "python3 is a 32-bit program, and a 64-bit system is needed"),
        ({"lame": 1}, "python3.11 cannot make environments yet: sudo apt install python3.11-venv"),
        ({"broken": 1}, "not everything could be fetched and checked: is there a network?"),
    ],
)
def test_what_is_missing_is_named(home: Path, python: dict[str, int] | None, told: str) -> None:
    if python is not None:
        give_python(home, **python)  # type: ignore[arg-type]
    done = install(home)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"tools/install.sh: {told}" in done.stderr
    assert not (home / ".local/bin/mien-tools").is_symlink()


@pytest.mark.parametrize("place", [".local/bin/mien-tools", ".local/share/mien-tools/mine"])
def test_what_is_not_ours_stays(home: Path, place: str) -> None:
    give_python(home)
    (home / place).parent.mkdir(parents=True)
    (home / place).write_text("mine", encoding="utf-8")
    done = install(home)
    assert done.returncode == 1
    assert "is in the way, and not ours" in done.stderr
    install(home, "--remove")
    assert (home / place).read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("words", [["--wheels"], ["everything"]])
def test_an_unknown_word_ends_with_the_usage(home: Path, words: list[str]) -> None:
    done = install(home, *words)
    assert done.returncode == 2
    assert "tools/install.sh [workstation | training]" in done.stderr
