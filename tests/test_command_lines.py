"""Both command lines: every verb explains itself, and is explained to people."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import PATIENCE_SECONDS

REPOSITORY = Path(__file__).parents[1]


def verbs(package: str) -> list[str]:
    return sorted(
        path.stem.replace("_", "-")
        for path in (REPOSITORY / package / "commands").glob("*.py")
        if not path.stem.startswith("_")
    )


def run(package: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", package, *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=REPOSITORY, timeout=PATIENCE_SECONDS, check=False
    )


@pytest.mark.parametrize("package", ["device", "tools"])
def test_help_names_every_verb(package: str) -> None:
    finished = run(package, "--help")
    assert finished.returncode == 0, finished.stderr
    for verb in verbs(package):
        assert f"    {verb}" in finished.stdout


@pytest.mark.parametrize(
    ("package", "verb"), [(package, verb) for package in ("device", "tools") for verb in verbs(package)]
)
def test_every_verb_has_help(package: str, verb: str) -> None:
    finished = run(package, verb, "--help")
    assert finished.returncode == 0, finished.stderr
    assert f"{verb}" in finished.stdout
    assert len(finished.stdout.splitlines()) > 4


@pytest.mark.parametrize(("package", "program"), [("device", "mien"), ("tools", "mien-tools")])
def test_the_page_of_a_command_tells_of_every_verb(package: str, program: str) -> None:
    page = (REPOSITORY / package / "README.md").read_text(encoding="utf-8")
    assert [verb for verb in verbs(package) if not re.search(rf"\b{program} {verb}(?![\w-])", page)] == []


def test_an_unknown_verb_ends_with_usage() -> None:
    finished = run("device", "sing")
    assert finished.returncode == 2
    assert "invalid choice" in finished.stderr


def test_a_bare_command_shows_its_verbs_and_the_next_step() -> None:
    finished = run("device")
    assert finished.returncode == 0
    assert "    status" in finished.stdout
    assert "mien press" in finished.stdout.splitlines()[-2] + finished.stdout.splitlines()[-1]


@pytest.mark.parametrize(("package", "program"), [("device", "mien"), ("tools", "mien-tools")])
def test_a_command_knows_its_version(package: str, program: str) -> None:
    finished = run(package, "--version")
    assert (finished.returncode, finished.stdout.split()[0]) == (0, program)
    assert re.fullmatch(r"\d+\.\d+.*|of a checkout", finished.stdout.strip().removeprefix(f"{program} "))


def test_help_does_not_wait_for_heavy_libraries() -> None:
    slow = {"tensorflow", "cv2", "vlc", "av", "soundfile"}
    script = (
        "import sys, contextlib, io, tools.__main__ as m\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit): m.main(['--help'])\n"
        f"print(sorted({slow!r} & set(sys.modules)))"
    )
    finished = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=REPOSITORY, check=False
    )
    assert finished.stdout.strip() == "[]", finished.stderr


def test_the_annotated_settings_file_is_the_one_that_mien_prints() -> None:
    printed = run("device", "config", "--template").stdout
    shipped = (REPOSITORY / "deploy" / "mien.toml").read_text(encoding="utf-8")
    assert shipped == printed


@pytest.mark.skipif(importlib.util.find_spec("soundfile") is None, reason="soundfile is not installed")
def test_the_chimes_that_ship_are_the_ones_the_tools_render(tmp_path: Path) -> None:
    assert run("tools", "render-chimes", "--out", str(tmp_path)).returncode == 0
    shipped = {path.name: path.read_bytes() for path in (REPOSITORY / "device" / "player" / "chimes").glob("*.wav")}
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == shipped
