"""A word to the daemon costs no more than the word: what a verb loads, looked up in an interpreter of its own."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from device.status.control_server import ControlServer

REPOSITORY = Path(__file__).parents[3]

HEAVY = {"numpy", "cv2", "sqlite3", "rich", "vlc", "gpiozero", "tflite_runtime", "ai_edge_litert", "av", "tensorflow"}

RUN_AND_LOOK = """
import atexit, json, sys
from {package}.__main__ import main
atexit.register(lambda: print(json.dumps(sorted(name.partition(".")[0] for name in sys.modules)), file=sys.stderr))
sys.exit(main(sys.argv[1:]))
"""

ANSWERS: dict[str, dict[str, Any]] = {
    "press": {"pressed": True},
    "play": {"asked_for": "calm", "trouble": None},
    "next": {"skipped": True},
    "stop": {"stopped": True},
}
VERBS = {
    package: sorted(
        path.stem.replace("_", "-")
        for path in (REPOSITORY / package / "commands").glob("*.py")
        if not path.stem.startswith("_")
    )
    for package in ("device", "tools")
}


def loaded_by(*arguments: str, package: str = "device") -> tuple[int, str, set[str]]:
    """Run a verb; return its exit code, what it printed, and the top-level names of all that was loaded."""
    command = [sys.executable, "-c", RUN_AND_LOOK.format(package=package), *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, timeout=280, check=False)
    return ended.returncode, ended.stdout, set(json.loads(ended.stderr.splitlines()[-1]))


@pytest.fixture
def served(make_status: Callable[..., dict[str, Any]]) -> Iterator[Path]:
    """A settings file whose control socket is answered as by a daemon that has played a song."""
    with tempfile.TemporaryDirectory(prefix="mien") as folder:
        settings = Path(folder) / "mien.toml"
        settings.write_text(
            f'[paths]\ncontrol_socket = "{folder}/control.sock"\n[panel]\ndriver = "simulated"\n', encoding="utf-8"
        )
        document = make_status()
        server = ControlServer(
            Path(folder) / "control.sock",
            lambda request: ANSWERS.get(request["command"], document),
        )
        server.start()
        try:
            yield settings
        finally:
            server.close()


@pytest.mark.parametrize(
    "words",
    [
        ["status"],
        ["status", "--json"],
        ["status", "--check"],
        ["status", "--schema"],
        ["press"],
        ["play", "calm"],
        ["next"],
        ["stop"],
        ["explain"],
        ["metrics"],
        ["config"],
        ["config", "--template"],
        ["panel", "off"],
    ],
    ids=" ".join,
)
def test_a_word_to_the_daemon_loads_nothing_heavy(served: Path, words: list[str]) -> None:
    code, _said, loaded = loaded_by(*words, "--config", str(served))
    assert code == 0
    assert loaded & HEAVY == set()


def test_watching_line_by_line_loads_nothing_heavy(served: Path) -> None:
    script = RUN_AND_LOOK.format(package="device")
    command = [sys.executable, "-c", script, "watch", "--lines", "--config", str(served)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, cwd=REPOSITORY, **pipes) as watching:
        assert watching.stdout.readline()  # it has asked, and shown the answer
        watching.send_signal(2)
        _, errors = watching.communicate(timeout=280)
    assert watching.returncode == 0
    assert set(json.loads(errors.splitlines()[-1])) & HEAVY == set()


def test_settling_before_every_start_loads_nothing_heavy(tmp_path: Path) -> None:
    settings = tmp_path / "mien.toml"
    settings.write_text('[paths]\nrelease_folder = "releases/current"\nstate_folder = "state"\n', encoding="utf-8")
    code, _said, loaded = loaded_by("release", "settle", "--config", str(settings))
    assert code == 0
    assert loaded & HEAVY == set()


@pytest.mark.parametrize(("package", "verb"), [(package, verb) for package, verbs in VERBS.items() for verb in verbs])
def test_help_loads_nothing_heavy(package: str, verb: str) -> None:
    code, said, loaded = loaded_by(verb, "--help", package=package)
    assert code == 0
    assert said.startswith(f"usage: {'mien' if package == 'device' else 'mien-tools'} {verb}")
    assert loaded & HEAVY == set()


@pytest.mark.parametrize("package", VERBS)
def test_only_the_verb_that_was_asked_for_is_loaded(package: str) -> None:
    script = f"import sys\nfrom {package}.__main__ import main\ntry: main(['{{words}}'])\nfinally: print(*sys.modules)"
    for words in ("--help", "--version-that-there-is-not"):
        command = [sys.executable, "-c", script.format(words=words)]
        said = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, timeout=280, check=False).stdout
        shared = f"{package}.commands._"
        assert shared not in said.replace(f"{shared}parser", "").replace(f"{shared}output", "")
        assert not [verb for verb in VERBS[package] if f"{package}.commands.{verb.replace('-', '_')} " in said]
