import argparse
import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile

from device.emotion.vectors import song_vectors
from device.errors import SongTableError
from device.recommendation.song_table import Header, Song, write_song_table
from tools.commands import plot_music
from tools.errors import AudioError

RATE = 22_050


def run(*words: str | Path) -> int:
    parser = argparse.ArgumentParser()
    plot_music.add_arguments(parser)
    return plot_music.run(parser.parse_args([str(word) for word in words]))


def pictures_in(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*.png") if path.read_bytes().startswith(b"\x89PNG")}


def table_of(path: Path, count: int) -> Path:
    places = np.random.default_rng(1).uniform(-1, 1, (count, 2))
    vectors = song_vectors(*places.T, sigma_valence=0.3, sigma_arousal=0.3)
    songs = [
        Song(n, f"{n}.ogg", f"Song {n}", "", "", 9.0, f"{n}", *place, tuple(vector))
        for n, (place, vector) in enumerate(zip(places, vectors, strict=True), start=1)
    ]
    write_song_table(path, Header(1, 0.3, 0.3, "made up"), songs)
    return path


def test_a_song_gets_three_pictures_that_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    song = tmp_path / "Artist - A $ong [1].wav"
    soundfile.write(song, np.random.default_rng(1).normal(0, 0.1, 3 * RATE), RATE)
    assert run("--song", song, "--out", tmp_path / "out") == 0
    assert pictures_in(tmp_path / "out") == {"volume.png", "spectrogram.png", "mel.png"}
    said = capsys.readouterr().out
    assert all(str(tmp_path / "out" / name) in said for name in ("volume.png", "spectrogram.png", "mel.png"))


@pytest.mark.parametrize("values", [0, 100])
def test_a_song_of_no_length_is_refused_by_name(tmp_path: Path, values: int) -> None:
    soundfile.write(tmp_path / "short.wav", np.zeros(values), RATE)
    with pytest.raises(AudioError, match=r"short\.wav"):
        run("--song", tmp_path / "short.wav", "--out", tmp_path / "out")


@pytest.mark.parametrize("options", [(), ("--plane", "grid", "--labels", "source")])
def test_annotated_sets_get_a_plane_and_a_distribution_each_without_any_sound(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    generator = np.random.default_rng(1)
    for name in ("ours", "theirs"):
        (tmp_path / name).mkdir()
        with (tmp_path / name / "annotations.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(("song_id", "genre", "valence", "arousal"))
            for number in range(24):
                writer.writerow((f"s{number}", "pop" if number % 2 else "folk", *generator.uniform(-9, 9, 2).round(1)))
    assert run("--data", tmp_path / "ours", tmp_path / "theirs", *options, "--out", tmp_path / "out") == 0
    sets = {"plane.png", "distribution-ours.png", "distribution-theirs.png"}
    assert pictures_in(tmp_path / "out") == sets | {"cutting-octants.png", "cutting-grid.png"}
    assert capsys.readouterr().out.splitlines()[:2] == ["ours: 24 songs", "theirs: 24 songs"]


def test_a_song_table_gets_a_plane(tmp_path: Path) -> None:
    assert run("--table", table_of(tmp_path / "songs.sqlite", 20), "--out", tmp_path / "out") == 0
    assert pictures_in(tmp_path / "out") == {"plane.png"}


def test_a_table_without_songs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SongTableError, match="holds no song"):
        run("--table", table_of(tmp_path / "songs.sqlite", 0), "--out", tmp_path / "out")


def test_just_one_thing_is_drawn_at_a_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["--song", "a.mp3", "--table", "b.sqlite"]):
        with pytest.raises(SystemExit):
            run(*words, "--out", tmp_path)
    assert "not allowed with" in capsys.readouterr().err
