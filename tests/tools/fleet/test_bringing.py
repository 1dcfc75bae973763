"""From a folder of music to a box that plays it, in one command."""

import argparse
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.tools.fleet.conftest import MODELS, Workstation
from tools.commands import analyse
from tools.releases import bringing
from tools.releases.bringing import Bringing
from tools.releases.kept import Kept

MakeFleet = Callable[..., Workstation]


def write_song(path: Path, seed: int) -> None:
    """A song long enough for any table: half a minute of noise."""
    path.parent.mkdir(exist_ok=True)
    soundfile.write(path, np.random.default_rng(seed).normal(0, 0.3, 32 * 8000), 8000)


def test_music_comes_to_a_box_in_one_go_and_only_what_is_new_a_second_time(
    make_fleet: MakeFleet, tmp_path: Path
) -> None:
    station = make_fleet("one")
    [box] = station.boxes
    music, kept = tmp_path / "My music", tmp_path / "kept"
    write_song(music / "a.flac", 1)
    soundfile.write(music / "applause.flac", np.random.default_rng(9).normal(0, 0.3, 2 * 8000), 8000)
    words = ("bring", str(music), "--keep", str(kept))

    brought = station.fleet(*words, "--yes")
    assert brought.returncode == 0, brought.stdout + brought.stderr
    day = f"{datetime.now().astimezone():%Y.%m.%d}"
    assert f"{day}: packed in {kept}" in brought.stdout
    assert f"one: activate release {day} instead of 1" in brought.stdout
    assert "one: send 1 song, " in brought.stdout
    assert f"one: it is idle on release {day}, with 1 song" in brought.stdout
    assert re.search(r"one: press its button, or say: ssh .*one mien press", brought.stdout)
    assert "My music" in (kept / "report" / "report.html").read_text(encoding="utf-8")
    assert (box.current, [path.name for path in box.music.glob("*")]) == (day, ["a.flac"])

    again = station.fleet(*words, "--dry-run")
    assert f"{day}: nothing in it is new" in again.stdout
    assert "one: nothing to do" in again.stdout
    assert "0 listened to, 1 recalled" in again.stdout
    assert box.log.count("restart") == 2  # the first start, and the push

    write_song(music / "b.flac", 2)
    more = station.fleet(*words, "--yes")
    assert more.returncode == 0, more.stdout + more.stderr
    assert "one: send 1 song, " in more.stdout
    assert box.current == f"{day}.2"


def test_a_folder_without_music_ends_it_in_the_words_of_the_analysis(make_fleet: MakeFleet, tmp_path: Path) -> None:
    station = make_fleet("one")
    (tmp_path / "empty").mkdir()
    refused = station.fleet("bring", str(tmp_path / "empty"), "--yes", "--keep", str(tmp_path / "kept"))
    assert refused.returncode == 65
    assert refused.stderr.count("mend: ") == 1
    assert "it holds no music" in refused.stderr
    assert refused.stdout.endswith("Nothing was sent. Once that is mended, the same command goes on.\n")


def test_nothing_is_listened_to_before_the_login_succeeds(make_fleet: MakeFleet, tmp_path: Path) -> None:
    station = make_fleet("one", running=False)
    write_song(tmp_path / "music" / "a.flac", 1)
    box = f"nobody@localhost:{station.boxes[0].port}"
    refused = station.tools("bring", str(tmp_path / "music"), box, "--yes", "--keep", str(tmp_path / "kept"))
    assert refused.returncode == 69
    assert "cannot be reached" in refused.stderr
    assert "mend: " in refused.stderr
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "there is nobody to ask before anything is sent"),
        (("--yes", "--id", "my music!"), "mend: --id my-music, say"),
        (("--yes",), "no box is named"),
    ],
)
def test_what_would_fail_in_the_end_is_refused_in_the_beginning(
    tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    hosts = () if told == "no box is named" else ("one",)
    refused = Workstation(tmp_path, []).tools("bring", str(tmp_path), *hosts, *words)
    assert refused.returncode in {65, 69, 78}
    assert told in refused.stderr


@pytest.mark.parametrize(
    ("answer", "agreed"), [("\n", True), ("Yes\n", True), ("n\n", False), ("what?\n", False), ("", False), ("y", False)]
)
def test_nothing_is_sent_without_a_yes(tmp_path: Path, answer: str, *, agreed: bool) -> None:
    said: list[object] = []
    asking = Bringing(
        argparse.Namespace(yes=False), Kept(tmp_path), lambda *lines: said.extend(lines), listen=lambda: answer
    )
    assert asking._agrees([]) is agreed
    assert ("Nothing was sent. The same command asks again." in said) is not agreed


def test_an_analysis_that_passed_files_over_is_no_failure() -> None:
    assert bringing.SOME_SKIPPED == analyse.SOME_SKIPPED


def test_a_verb_runs_as_this_mien_tools_wherever_one_stands(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "__init__.py").write_text("raise SystemExit(9)")
    script = f"import sys; sys.path.insert(0, {str(MODELS.parent)!r}); from tools.releases.bringing import _verb; "
    script += "sys.exit(_verb('report', '--help'))"
    ended = subprocess.run(
        [sys.executable, "-P", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert "mien-tools report" in ended.stdout
