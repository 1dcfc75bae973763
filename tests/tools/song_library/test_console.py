import csv
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from device.recommendation.song_table import AREAS, PROBABILITIES
from tools.errors import CacheError
from tools.song_library.analysis import Analysis
from tools.song_library.console import AnalysisProgress, print_outcome
from tools.song_library.duplicates import Copies
from tools.song_library.skipped import Skipped, skipped_file, write_skipped


def console() -> tuple[Console, StringIO]:
    out = StringIO()
    return Console(file=out, width=80, force_terminal=False), out


def test_what_was_passed_over_is_listed_in_a_file_until_there_is_nothing(tmp_path: Path) -> None:
    path = skipped_file(tmp_path / "songs.sqlite")
    assert path.name == "songs.sqlite.skipped.csv"
    write_skipped(path, [Skipped('a, "b".mp3', "holds no sound"), Skipped("ü.mp3", "line\nbreak")])
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [["path", "reason"], ['a, "b".mp3', "holds no sound"], ["ü.mp3", "line\nbreak"]]
    write_skipped(path, [])
    assert list(tmp_path.iterdir()) == []


def test_a_list_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").mkdir()
    with pytest.raises(CacheError, match=r"x\.csv"):
        write_skipped(tmp_path / "x.csv", [Skipped("a.mp3", "holds no sound")])


def test_a_quiet_run_ends_in_one_line(tmp_path: Path) -> None:
    to, out = console()
    print_outcome(Analysis(songs=5, heard=2, skipped=()), tmp_path / "s [1].sqlite", AREAS, 3.2, to)
    assert out.getvalue() == f"{tmp_path}/s [1].sqlite: 5 songs in 3 s (2 listened to, 3 recalled, 0 skipped)\n"


def test_shares_that_are_probabilities_are_called_so(tmp_path: Path) -> None:
    to, out = console()
    print_outcome(Analysis(songs=5, heard=2, skipped=()), tmp_path / "songs.sqlite", PROBABILITIES, 3.2, to)
    assert "how likely each mood is, and not how much of it" in out.getvalue()


def test_everything_that_is_not_in_the_table_is_counted(tmp_path: Path) -> None:
    analysis = Analysis(
        songs=5,
        heard=5,
        skipped=(Skipped("z.mp3", "holds no sound"),),
        copies=(Copies("a.mp3", ("b.mp3", "c.mp3")),),
        ignored=(Skipped("talk", "ignored by .mienignore, line 1"),),
        written=False,
    )
    assert [entry.path for entry in analysis.passed_over] == ["b.mp3", "c.mp3", "talk", "z.mp3"]
    to, out = console()
    print_outcome(analysis, tmp_path / "songs.sqlite", AREAS, 60, to)
    first, copies, where = out.getvalue().splitlines()
    assert "not written, since files were skipped in 60 s (5 listened to, 0 recalled, 1 skipped, 1 ignored)" in first
    assert "2 files hold the same sound" in copies
    assert where.endswith("songs.sqlite.skipped.csv")


@pytest.mark.parametrize("count", [1, 3, 4])
def test_songs_without_their_end_are_named_as_far_as_a_line_holds_them(tmp_path: Path, count: int) -> None:
    notes = tuple(Skipped(f"{number}.ogg", "cut off: 1 s of its 9 s are there") for number in range(count))
    to, out = console()
    print_outcome(Analysis(songs=5, heard=5, skipped=(), cut_off=notes), tmp_path / "songs.sqlite", AREAS, 1, to)
    _, line, *named = out.getvalue().splitlines()
    assert line.startswith("1 song lacks its end" if count == 1 else f"{count} songs lack their end")
    assert sum("of its 9 s are there" in each for each in named) == min(count, 3)
    assert ("and 1 more, in" in named[-1]) == (count > 3)


def test_the_bar_shows_the_stage_and_prints_lines_as_they_are() -> None:
    to, out = console()
    with AnalysisProgress(to) as bar:
        bar.begin("listening", 2)
        bar.advance()
        bar.tell("skipped x [bold]y[/bold].mp3: " + "long " * 30)
        bar.advance()
    assert "skipped x [bold]y[/bold].mp3: " + "long " * 30 in out.getvalue()
    assert "listening" in out.getvalue()
    assert "2/2" in out.getvalue()


@pytest.mark.parametrize(("stage", "told"), [("listening", True), ("writing", False)])
def test_only_listening_tells_its_speed(stage: str, *, told: bool) -> None:
    out = StringIO()
    with AnalysisProgress(Console(file=out, width=80, force_terminal=True)) as progress:
        progress.begin(stage, 3)
        for _ in range(3):
            progress.advance()
    assert ("a minute" in out.getvalue()) is told
