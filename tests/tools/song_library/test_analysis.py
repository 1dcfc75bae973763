import csv
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from device.emotion import song_vectors
from device.errors import SongTableError
from device.song_table import Song, read_song_table, write_song_table
from tools.errors import AudioError, DatasetError
from tools.music_emotion.music_model import Judgement
from tools.music_emotion.rectangle import LISTENERS_DEVIATION
from tools.song_library.analysis import Analysis, analyse
from tools.song_library.report import skipped_file, write_skipped
from tools.song_library.scan import Skipped

Put = Callable[[Path], Path]


@dataclass
class LoudnessModel:
    """Judges by loudness with this certainty, counts what it hears, and lets Ctrl-C be pressed at a certain song."""

    version: str = "loudness-1"
    sigma_valence: float = 0.3
    sigma_arousal: float = 0.2
    deviations: tuple[float, float] = (0.25, 0.15)
    interrupt_at: int = 0
    heard: list[int] = field(default_factory=list)

    def judge(self, excerpts: np.ndarray) -> Judgement:
        self.heard.append(len(excerpts))
        if len(self.heard) == self.interrupt_at:
            raise KeyboardInterrupt
        return Judgement(0.25, float(np.abs(excerpts).mean()), *self.deviations)


def run(music: Path, table: Path, model: LoudnessModel | None = None, k: float = 1) -> Analysis:
    return analyse(music, table, model or LoudnessModel(), k=k, progress=lambda _done, _total: None)


def songs_of(table: Path) -> tuple[Song, ...]:
    return read_song_table(table).songs


def drawn(song: Song, sigma_valence: float, sigma_arousal: float, *, k: float) -> np.ndarray:
    """The vector of a rectangle of that size around the song."""
    (vector,) = song_vectors(
        [song.valence], [song.arousal], sigma_valence=sigma_valence, sigma_arousal=sigma_arousal, k=k
    )
    return vector


def widened(*deviations: float) -> tuple[float, ...]:
    """What the model's own deviations become, since people differ too."""
    return tuple(float(np.hypot(deviation, LISTENERS_DEVIATION)) for deviation in deviations)


@pytest.fixture
def music(put_tone: Put, tmp_path: Path) -> Path:
    """Three songs: a wav, an Ana - Song.mp3 in a folder, and an upper-case flac."""
    root = tmp_path / "music"
    for name in ("c.wav", "a b/Ana - Song.mp3", "B.FLAC"):
        put_tone(root / name)
    return root


def test_songs_are_numbered_by_path_and_carry_their_tags_and_vectors(music: Path, tmp_path: Path) -> None:
    result = run(music, tmp_path / "songs.sqlite", k=2)
    table = read_song_table(tmp_path / "songs.sqlite")
    assert result == Analysis(songs=3, known=0, skipped=())
    assert [(song.id, song.path) for song in table.songs] == [(1, "B.FLAC"), (2, "a b/Ana - Song.mp3"), (3, "c.wav")]
    assert (table.songs[1].title, table.songs[1].artist) == ("Song", "Ana")
    assert table.songs[2].seconds == pytest.approx(4)
    assert (table.header.music_model, table.header.k) == ("loudness-1", 2)
    for song in table.songs:
        assert song.deviations == (0.25, 0.15)
        assert song.vector == pytest.approx(drawn(song, *widened(0.25, 0.15), k=2))
        assert len(song.content_hash) == 64


def test_a_surer_song_gets_a_narrower_rectangle(music: Path, tmp_path: Path) -> None:
    run(music, tmp_path / "sure.sqlite", LoudnessModel(deviations=(0.02, 0.02)))
    run(music, tmp_path / "unsure.sqlite", LoudnessModel(deviations=(0.6, 0.6)))
    pairs = zip(songs_of(tmp_path / "sure.sqlite"), songs_of(tmp_path / "unsure.sqlite"), strict=True)
    for sure, unsure in pairs:
        assert (sure.valence, sure.arousal) == (unsure.valence, unsure.arousal)
        assert sure.deviations == (0.02, 0.02)
        assert max(sure.vector) > max(unsure.vector) + 10
        assert np.count_nonzero(sure.vector) < np.count_nonzero(unsure.vector)


def test_people_differ_even_where_the_model_is_certain(music: Path, tmp_path: Path) -> None:
    run(music, tmp_path / "songs.sqlite", LoudnessModel(deviations=(0.0, 0.0)))
    for song in songs_of(tmp_path / "songs.sqlite"):
        assert song.vector == pytest.approx(drawn(song, LISTENERS_DEVIATION, LISTENERS_DEVIATION, k=1))


def test_files_that_cannot_be_songs_are_passed_over_with_a_reason(music: Path, tmp_path: Path) -> None:
    (music / "a.mp3").write_bytes(b"")
    (music / "b.ogg").write_text("words " * 500)
    (music / "d.flac").symlink_to(music / "gone.flac")
    soundfile.write(music / "silent.wav", np.zeros(50_000), 16_000)
    result = run(music, tmp_path / "songs.sqlite")
    assert [song.id for song in songs_of(tmp_path / "songs.sqlite")] == [1, 2, 3]
    reasons = {entry.path: entry.reason for entry in result.skipped}
    assert list(reasons) == ["a.mp3", "b.ogg", "d.flac", "silent.wav"]
    assert reasons["silent.wav"] == "nothing but silence"
    assert "cannot be read" in reasons["d.flac"]
    assert all(str(music) not in reason for reason in reasons.values())


def test_what_was_passed_over_is_listed_in_a_file_until_there_is_nothing(tmp_path: Path) -> None:
    path = skipped_file(tmp_path / "songs.sqlite")
    assert path.name == "songs.sqlite.skipped.csv"
    write_skipped(path, [Skipped('a, "b".mp3', "holds no sound"), Skipped("ü.mp3", "line\nbreak")])
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [["path", "reason"], ['a, "b".mp3', "holds no sound"], ["ü.mp3", "line\nbreak"]]
    write_skipped(path, [])
    assert not path.exists()


def test_a_second_run_listens_only_to_what_is_new_and_gives_the_same_table(
    music: Path, tmp_path: Path, put_tone: Put
) -> None:
    table = tmp_path / "songs.sqlite"
    run(music, table)
    before = songs_of(table)
    put_tone(music / "a first.ogg")
    model = LoudnessModel()
    result = run(music, table, model)
    assert (len(model.heard), result.known) == (1, 3)
    after = songs_of(table)
    assert [song.path for song in after] == ["B.FLAC", "a b/Ana - Song.mp3", "a first.ogg", "c.wav"]
    assert {song.content_hash: song.vector for song in before}.items() <= {
        song.content_hash: song.vector for song in after
    }.items()


def test_a_renamed_song_is_known_and_gets_its_new_name(music: Path, tmp_path: Path) -> None:
    run(music, tmp_path / "songs.sqlite")
    (music / "c.wav").rename(music / "Bo - Other.wav")
    model = LoudnessModel()
    run(music, tmp_path / "songs.sqlite", model)
    assert model.heard == []
    assert [song.name for song in songs_of(tmp_path / "songs.sqlite")] == ["B", "Other — Bo", "Song — Ana"]


def test_the_same_song_twice_is_heard_once_and_listed_twice(music: Path, tmp_path: Path, put_tone: Put) -> None:
    put_tone(music / "copy.wav")
    model = LoudnessModel()
    result = run(music, tmp_path / "songs.sqlite", model)
    assert (len(model.heard), result.songs) == (3, 4)


def test_another_model_or_content_is_heard_anew(music: Path, tmp_path: Path, put_tone: Put) -> None:
    table = tmp_path / "songs.sqlite"
    run(music, table)
    model = LoudnessModel(version="loudness-2")
    run(music, table, model)
    assert len(model.heard) == 3
    put_tone(music / "x.opus").replace(music / "c.wav")
    model = LoudnessModel(version="loudness-2")
    run(music, table, model)
    assert len(model.heard) == 1


def test_another_k_needs_no_listening(music: Path, tmp_path: Path) -> None:
    table = tmp_path / "songs.sqlite"
    run(music, table, k=1)
    narrow = songs_of(table)[0].vector
    model = LoudnessModel()
    run(music, table, model, k=3)
    assert model.heard == []
    assert songs_of(table)[0].vector != narrow


def test_known_songs_keep_their_own_deviations(music: Path, tmp_path: Path) -> None:
    table = tmp_path / "songs.sqlite"
    run(music, table, LoudnessModel(deviations=(0.1, 0.5)))
    before = songs_of(table)
    run(music, table, LoudnessModel(deviations=(0.4, 0.4)))
    assert songs_of(table) == before
    run(music, table, LoudnessModel(deviations=(0.4, 0.4)), k=2)
    for song in songs_of(table):
        assert song.deviations == (0.1, 0.5)
        assert song.vector == pytest.approx(drawn(song, *widened(0.1, 0.5), k=2))


def test_known_songs_without_deviations_get_a_usual_rectangle(music: Path, tmp_path: Path) -> None:
    table = tmp_path / "songs.sqlite"
    run(music, table)
    earlier = read_song_table(table)
    write_song_table(table, earlier.header, [replace(song, deviations=None) for song in earlier.songs])
    model = LoudnessModel()
    run(music, table, model)
    assert model.heard == []
    for song in songs_of(table):
        assert song.deviations is None
        assert song.vector == pytest.approx(drawn(song, model.sigma_valence, model.sigma_arousal, k=1))


def test_an_interrupted_analysis_leaves_the_table_alone_and_goes_on_later(music: Path, tmp_path: Path) -> None:
    table = tmp_path / "songs.sqlite"
    with pytest.raises(KeyboardInterrupt):
        run(music, table, LoudnessModel(interrupt_at=3))
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["songs.sqlite.unfinished"]
    model = LoudnessModel()
    result = run(music, table, model)
    assert (len(model.heard), result.known, result.songs) == (1, 2, 3)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["songs.sqlite"]


def test_progress_counts_every_file(music: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    analyse(music, tmp_path / "t", LoudnessModel(), k=1, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_a_file_that_is_no_song_table_is_not_overwritten(music: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("to do")
    with pytest.raises(SongTableError, match=r"notes\.txt"):
        run(music, notes)
    assert notes.read_text() == "to do"


def test_a_foreign_database_is_not_overwritten(music: Path, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.sqlite") as database:
        database.execute("CREATE TABLE mine (x)")
    database.close()
    with pytest.raises(SongTableError, match=r"other\.sqlite"):
        run(music, tmp_path / "other.sqlite")


def test_if_nothing_can_be_heard_the_earlier_table_stays(music: Path, tmp_path: Path) -> None:
    run(music, tmp_path / "songs.sqlite")
    for path in [path for path in music.rglob("*") if path.is_file()]:
        path.write_bytes(b"")
    with pytest.raises(AudioError, match=r"none of its 3 files.*B\.FLAC"):
        run(music, tmp_path / "songs.sqlite")
    assert len(songs_of(tmp_path / "songs.sqlite")) == 3


def test_a_folder_that_is_missing_or_holds_no_music_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no such folder"):
        run(tmp_path / "gone", tmp_path / "songs.sqlite")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="holds no music"):
        run(tmp_path / "empty", tmp_path / "songs.sqlite")
    assert not (tmp_path / "songs.sqlite").exists()
