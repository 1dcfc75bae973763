import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from device.recommendation.song_table import SongTable, write_song_table
from tests.waiting import PATIENCE_SECONDS
from tools.__main__ import main
from tools.commands.report import library_name
from tools.library_report.report import write_report
from tools.song_library.skipped import Skipped, notes_file, skipped_file, write_skipped

MakeTable = Callable[..., SongTable]


def quiet(done: int, total: int) -> None:
    assert 0 < done <= total


@pytest.mark.parametrize("count", [0, 1, 30])
def test_a_report_is_a_page_and_two_pictures(make_table: MakeTable, tmp_path: Path, count: int) -> None:
    table = make_table(np.random.default_rng(1).uniform(-0.9, 0.9, (count, 2)), told=count != 1)
    written = list(write_report(table, "my $songs$", (), tmp_path / "out", quiet, observations=5))
    assert [path.name for path in written] == ["report.html", "map.png", "octants.png"]
    assert sorted(written) == sorted((tmp_path / "out").iterdir())
    for path in written[1:]:
        header = path.read_bytes()[:24]
        assert header[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">II", header[16:])[0] == 1080


def test_the_verb_reads_the_tables_companion_and_names_its_files(
    make_table: MakeTable, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, made = tmp_path / "songs.sqlite", make_table([])
    write_song_table(table, made.header, made.songs)
    write_skipped(skipped_file(table), [Skipped("broken.mp3", "holds no sound")])
    write_skipped(notes_file(table), [Skipped("half.mp3", "cut off: 1 s of its 9 s are there")])
    assert main(["report", str(table), "--out", str(tmp_path / "out")]) == 0
    assert str(tmp_path / "out" / "report.html") in capsys.readouterr().out
    written = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "broken.mp3" in written
    assert "half.mp3" in written
    assert f"The library {tmp_path.name}: 0 songs" in written
    assert main(["report", str(table), "--out", str(tmp_path / "out"), "--name", "Ana's"]) == 0
    assert "The library Ana&#39;s: 0 songs" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("table", "name"),
    [("/a/Music/songs.sqlite", "Music"), ("/a/Music/Party.sqlite", "Party"), ("/songs.sqlite", "songs")],
)
def test_a_library_is_called_by_its_table_or_by_its_folder(table: str, name: str) -> None:
    assert library_name(Path(table)) == name


def test_another_list_can_be_named_and_must_be_there(
    make_table: MakeTable, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, made = tmp_path / "songs.sqlite", make_table([])
    write_song_table(table, made.header, made.songs)
    missing = tmp_path / "list.csv"
    words = ["report", str(table), "--out", str(tmp_path / "out"), "--skipped", str(missing)]
    assert main(words) == 65
    assert str(missing) in capsys.readouterr().err
    write_skipped(missing, [Skipped("named.mp3", "empty")])
    assert main(words) == 0
    assert "named.mp3" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_help_loads_neither_bokeh_nor_matplotlib() -> None:
    told = "import sys, tools.commands.report; print({'bokeh', 'matplotlib'} & set(sys.modules))"
    heard = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS
    )
    assert heard.stdout.strip() == "set()"
