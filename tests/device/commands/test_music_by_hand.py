"""``mien play``, ``next``, ``stop`` and ``forget`` over the socket of a box of simulated parts."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from device.__main__ import main
from device.appliance.daemon import serve
from device.status.control_server import ControlServer
from tests.device.simulated_box import MakeBox, SimulatedBox


@pytest.fixture
def box(make_box: MakeBox, tmp_path: Path) -> Iterator[SimulatedBox]:
    with make_box(tmp_path) as box, box.running():
        paths = box.settings.paths
        named = {key: str(getattr(paths, key)) for key in ("state_folder", "control_socket")}
        lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in named.items())
        (tmp_path / "mien.toml").write_text(f"[paths]\n{lines}\n", encoding="utf-8")
        with closing(ControlServer(paths.control_socket, lambda asked: serve(box.appliance, asked))) as server:
            server.start()
            yield box


@pytest.fixture
def settings(tmp_path: Path) -> tuple[str, str]:
    return "--config", str(tmp_path / "mien.toml")


def test_an_evening_by_hand(box: SimulatedBox, settings: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["play", "calm", "--minutes", "30", "--goal", "energise", *settings]) == 0
    assert capsys.readouterr().out.startswith("Asked for calm. It plays calm.")
    assert box.until_state("playing")["programme"]["goal"] == "energise"
    assert main(["next", *settings]) == 0
    assert capsys.readouterr().out.startswith("It plays ")
    assert main(["play", "--like", "tired", *settings]) == 0
    assert capsys.readouterr().out.startswith("Asked for music like tired. It plays tired.")
    assert main(["play", "--like", "tired", *settings]) == 0
    assert capsys.readouterr().out.startswith("Asked for music like tired. It plays tired."), "anew"
    assert main(["stop", *settings]) == 0
    box.until_state("idle")
    assert main(["stop", *settings]) == 0
    assert capsys.readouterr().out == "Stopped.\nNothing plays.\n"
    assert main(["next", *settings]) == 69
    assert "there is no next song: the box is idle" in capsys.readouterr().err
    assert main(["forget", *settings]) == 0
    assert capsys.readouterr().out == "Forgotten: what was learnt of 1 song.\n"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["clam"], 2, "unknown emotion 'clam'; did you mean 'calm'?; name a song's emotion (frustrated, "),
        (["calm", "--minutes", "0"], 2, "music goes on for 1 to 1440 minutes"),
        (["calm", "--goal", "up"], 2, "invalid choice: 'up'"),
        (["calm", "--like", "calm"], 2, "not allowed with argument"),
        ([], 2, "one of the arguments MOOD --like is required"),
        (["--like", " "], 2, "a part of a title is a text of 1 to 200 characters"),
        (["--like", "xyzzy"], 69, "no song is called 'xyzzy'"),
        (["--like", "calmer"], 69, "write a part of a title, 'calm' say"),
    ],
)
def test_what_cannot_be_asked_for_is_told(
    box: SimulatedBox,
    settings: tuple[str, str],
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    code: int,
    told: str,
) -> None:
    try:
        ended = main(["play", *words, *settings])
    except SystemExit as end:
        ended = int(end.code or 0)
    assert ended == code
    assert told in capsys.readouterr().err
    assert box.player.played == []


def test_what_was_learnt_is_forgotten_without_a_daemon_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mien.toml").write_text('[paths]\nstate_folder = "state"\ncontrol_socket = "none.sock"\n')
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "taste.json").write_text("nonsense")
    assert main(["forget", "--config", str(tmp_path / "mien.toml")]) == 0
    assert main(["forget", "--config", str(tmp_path / "mien.toml")]) == 0
    assert capsys.readouterr().out == "Forgotten: what was learnt of 1 song.\nNothing was learnt yet.\n"
    assert not (tmp_path / "state" / "taste.json").exists()
