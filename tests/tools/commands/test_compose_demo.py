import argparse
from pathlib import Path

import pytest

from device.emotion.labels import SONG_LABELS
from device.errors import MienError, SongTableError
from device.recommendation.song_table import Header, Song, write_song_table
from tools.commands import compose_demo
from tools.demo.composer.pieces.catalogue import PIECES


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    compose_demo.add_arguments(parser)
    return compose_demo.run(parser.parse_args(words))


def test_with_a_table_only_the_readme_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vector = tuple(100.0 if label == "tense" else 0.0 for label in SONG_LABELS)
    songs = [
        Song(number, f"{piece.slug}.ogg", piece.title, "mien", "", 20.0, f"{number:064x}", -0.2, 0.6, vector)
        for number, piece in enumerate(PIECES, start=1)
    ]
    table = tmp_path / "songs.sqlite"
    write_song_table(table, Header(1, 0.3, 0.25, "test"), songs)
    library = tmp_path / "library"
    assert run("--out", str(library), "--table", str(table)) == 0
    assert [path.name for path in library.iterdir()] == ["README.md"]
    meant = sum(piece.octant == "tense" for piece in PIECES)
    assert f"heard {meant} of {len(PIECES)}" in (library / "README.md").read_text(encoding="utf-8")
    assert "README.md" in capsys.readouterr().out


def test_a_missing_table_leaves_the_library_alone(tmp_path: Path) -> None:
    with pytest.raises(SongTableError, match=r"gone\.sqlite"):
        run("--out", str(tmp_path / "library"), "--table", str(tmp_path / "gone.sqlite"))
    assert not (tmp_path / "library").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MienError, match="file/library"):
        run("--out", str(tmp_path / "file" / "library"))
