import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mutagen
import numpy as np
import pytest
import soundfile

from device.emotion.vectors import song_vectors
from device.errors import ModelError, SongTableError
from device.recommendation.song_table import Song, read_song_table
from tools.errors import AudioError, DatasetError
from tools.music_emotion.model.head import Head
from tools.music_emotion.model.loading import load_music_model
from tools.music_emotion.model.music_model import MODEL, MusicModel
from tools.music_emotion.model.musicnn_va import HEAD
from tools.music_emotion.model.rectangle import drawn_deviations
from tools.song_library import analysis
from tools.song_library.analysis import Analysis, analyse
from tools.song_library.cache import cache_file
from tools.song_library.skipped import Skipped
from tools.song_library.workers import Crashed, LocalWorkers, TookTooLong

Put = Callable[[Path], Path]
MODEL_FOLDER = Path(__file__).parents[3] / "models" / "music_emotion"


@dataclass
class Notes:
    """Notes what an analysis tells."""

    stages: list[list[Any]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def begin(self, stage: str, total: int) -> None:
        self.stages.append([stage, 0, total])

    def advance(self) -> None:
        self.stages[-1][1] += 1

    def tell(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture(scope="module")
def model() -> MusicModel:
    return load_music_model(MODEL_FOLDER)


@pytest.fixture
def run(tmp_path: Path, model: MusicModel, alone: Callable[[], Any]) -> Callable[..., Analysis]:
    """Analyse the folder of music into a table, in this process unless workers are given."""

    def analysed(
        workers: Any = None, *, k: float = 1, watcher: Any = None, with_model: Any = None, **options: Any
    ) -> Analysis:
        chosen = (with_model or model, workers or alone())
        return analyse(
            tmp_path / "music", tmp_path / "songs.sqlite", *chosen, k=k, watcher=watcher or Notes(), **options
        )

    return analysed


@pytest.fixture
def music(put_tone: Put, tmp_path: Path) -> Path:
    """Three songs: a wav, an Ana - Song.mp3 in a folder, and an upper-case flac."""
    root = tmp_path / "music"
    for name in ("c.wav", "a b/Ana - Song.mp3", "B.FLAC"):
        put_tone(root / name)
    return root


@pytest.fixture
def songs(tmp_path: Path) -> Callable[[], tuple[Song, ...]]:
    return lambda: read_song_table(tmp_path / "songs.sqlite").songs


def other_head(folder: Path) -> MusicModel:
    """The shipped model with a head that says the opposite."""
    folder.mkdir()
    for path in MODEL_FOLDER.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    head = Head.load(folder / HEAD)
    Head(-head.weights, -head.offset, head.uncertainty).save(folder / HEAD)
    return load_music_model(folder)


def test_songs_are_numbered_by_path_and_carry_their_tags_and_vectors(
    music: Path, run: Any, songs: Any, tmp_path: Path, model: MusicModel
) -> None:
    assert run(k=2) == Analysis(songs=3, heard=3, skipped=())
    table = read_song_table(tmp_path / "songs.sqlite")
    assert [(song.id, song.path) for song in table.songs] == [(1, "B.FLAC"), (2, "a b/Ana - Song.mp3"), (3, "c.wav")]
    assert (table.songs[1].title, table.songs[1].artist) == ("Song", "Ana")
    assert table.songs[2].seconds == pytest.approx(4)
    assert (table.header.music_model, table.header.k) == (model.version, 2)
    assert (table.header.sigma_valence, table.header.sigma_arousal) == (model.sigma_valence, model.sigma_arousal)
    for song in songs():
        sigmas = drawn_deviations(np.array(song.deviations))
        (expected,) = song_vectors(
            [song.valence], [song.arousal], sigma_valence=sigmas[0], sigma_arousal=sigmas[1], k=2
        )
        assert song.vector == pytest.approx(tuple(expected))
        assert len(song.content_hash) == 64
    assert music.is_dir()


def test_tags_are_cut_off_where_a_table_would_not_hold_them(music: Path, run: Any, songs: Any) -> None:
    file = mutagen.File(music / "B.FLAC")
    assert file is not None
    file["title"], file["album"] = "t" * 9_000_000, "é" * 600
    file.save()
    run()
    song = songs()[0]
    assert song.title == "t" * 1021 + "…"
    assert len(song.album.encode()) <= 1024
    assert song.album.endswith("é…")


@pytest.mark.usefixtures("music")
def test_more_songs_than_a_table_holds_are_told_before_they_are_listened_to(
    run: Any, alone: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(analysis, "MOST_SONGS", 2)
    workers = alone()
    with pytest.raises(DatasetError, match="it holds 3 songs, and 2 are the most"):
        run(workers)
    assert workers.heard == []
    assert not (tmp_path / "songs.sqlite").exists()


@pytest.mark.usefixtures("music")
def test_a_second_run_opens_no_file_and_gives_the_same_table(run: Any, songs: Any, alone: Any) -> None:
    run()
    before, workers = songs(), alone()
    assert run(workers).heard == 0
    assert (workers.identified, workers.heard) == ([], [])
    assert songs() == before


def test_only_what_is_new_is_listened_to_and_no_other_song_changes_by_a_bit(
    music: Path, run: Any, songs: Any, alone: Any, put_tone: Put
) -> None:
    run()
    before, workers = {song.path: song for song in songs()}, alone()
    put_tone(music / "a first.ogg")
    assert run(workers).heard == 1
    assert workers.identified == workers.heard == ["a first.ogg"]
    after = {song.path: song for song in songs()}
    assert [song.id for song in after.values()] == [1, 2, 3, 4]
    for path, song in before.items():
        assert (after[path].vector, after[path].valence) == (song.vector, song.valence)


def test_a_renamed_song_is_known_and_gets_its_new_name(music: Path, run: Any, songs: Any, alone: Any) -> None:
    run()
    (music / "c.wav").rename(music / "Bo - Other.wav")
    workers = alone()
    run(workers)
    assert (workers.identified, workers.heard) == (["Bo - Other.wav"], [])
    assert [song.name for song in songs()] == ["B", "Other — Bo", "Song — Ana"]


def test_a_library_that_moved_is_not_listened_to_again(
    music: Path, tmp_path: Path, run: Any, songs: Any, alone: Any
) -> None:
    run()
    before, workers = songs(), alone()
    music.rename(tmp_path / "elsewhere")
    (tmp_path / "music").symlink_to(tmp_path / "elsewhere")
    run(workers)
    assert workers.heard == []
    assert songs() == before


def test_another_content_under_the_same_name_is_heard_again(music: Path, run: Any, alone: Any, put_tone: Put) -> None:
    run()
    put_tone(music / "x.opus").replace(music / "c.wav")
    workers = alone()
    run(workers)
    assert workers.heard == ["c.wav"]


def test_of_files_with_the_same_sound_one_is_in_the_table(music: Path, run: Any, songs: Any, put_tone: Put) -> None:
    put_tone(music / "deep" / "c copy.wav")
    analysis = run()
    assert [song.path for song in songs()] == ["B.FLAC", "a b/Ana - Song.mp3", "c.wav"]
    assert analysis.skipped == ()
    assert analysis.passed_over == (Skipped("deep/c copy.wav", "the same sound as c.wav"),)


@pytest.mark.usefixtures("music")
def test_another_k_or_head_needs_no_listening(run: Any, songs: Any, alone: Any, tmp_path: Path) -> None:
    run()
    first, workers = songs(), alone()
    run(workers, k=3)
    assert songs()[0].vector != first[0].vector
    run(workers, with_model=other_head(tmp_path / "model"))
    assert [song.valence for song in songs()] == pytest.approx([-song.valence for song in first])
    assert (workers.identified, workers.heard) == ([], [])


@pytest.mark.usefixtures("music")
def test_another_network_listens_again(run: Any, alone: Any, tmp_path: Path) -> None:
    run()
    folder = other_head(tmp_path / "model").folder
    with (folder / MODEL).open("ab") as network:
        network.write(bytes(16))
    workers = alone()
    run(workers, with_model=load_music_model(folder))
    assert (workers.identified, len(workers.heard)) == ([], 3)


@pytest.mark.usefixtures("music")
def test_an_interrupted_analysis_leaves_the_table_alone_and_goes_on_later(
    run: Any, songs: Any, alone: Any, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(alone(interrupt_at=3))
    assert not (tmp_path / "songs.sqlite").exists()
    workers = alone()
    analysis = run(workers)
    assert (workers.heard, analysis.heard, analysis.songs) == (["c.wav"], 1, 3)
    assert len(songs()) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["music", "songs.sqlite", "songs.sqlite.cache"]


def test_files_that_cannot_be_songs_are_skipped_with_a_reason(music: Path, run: Any, songs: Any) -> None:
    (music / "b.ogg").write_text("words " * 500)
    (music / "d.flac").symlink_to(music / "gone.flac")
    soundfile.write(music / "silent.wav", np.zeros(50_000), 16_000)
    watcher = Notes()
    analysis = run(watcher=watcher)
    assert [song.id for song in songs()] == [1, 2, 3]
    reasons = {entry.path: entry.reason for entry in analysis.passed_over}
    assert list(reasons) == ["b.ogg", "d.flac", "silent.wav"]
    assert reasons["silent.wav"] == "nothing but silence"
    assert "cannot be read" in reasons["d.flac"]
    assert all(str(music) not in reason for reason in reasons.values())
    assert "skipped silent.wav: nothing but silence" in watcher.lines


def test_a_file_that_crashes_its_worker_is_skipped(music: Path, run: Any, songs: Any, alone: Any) -> None:
    class Crashing(alone):
        def work(self, job: Any, tasks: Any, *, limit: Any = None) -> Any:
            for task, result in super().work(job, tasks, limit=limit):
                yield task, Crashed() if task == "B.FLAC" and job.func.__name__ == "listen" else result

    analysis = run(Crashing())
    assert [entry.path for entry in analysis.skipped] == ["B.FLAC"]
    assert [song.id for song in songs()] == [1, 2]
    assert music.is_dir()


def test_a_file_that_hangs_is_skipped_with_its_reason_and_the_others_are_in_the_table(
    music: Path, run: Any, songs: Any
) -> None:
    class Hasty(LocalWorkers):
        """Gives up one file soon, and any other as late as it should."""

        def work(self, job: Any, tasks: Any, *, limit: Any = None) -> Any:
            return super().work(job, tasks, limit=lambda path: 0.2 if path == "hangs.mp3" else limit(path))

    hanging = music / "hangs.mp3"
    hanging.write_bytes(b"found, and away when it is opened")

    class Watcher(Notes):
        """Puts a pipe that nobody writes to in the place of a file that was found."""

        def begin(self, stage: str, total: int) -> None:
            super().begin(stage, total)
            if stage == "looking":
                hanging.unlink()
                os.mkfifo(hanging)

    watcher = Watcher()
    with Hasty(2) as workers:
        analysis = run(workers, watcher=watcher)
    reason = "took longer than 0 s; --patience gives it more"
    assert analysis.skipped == (Skipped("hangs.mp3", reason),)
    assert f"skipped hangs.mp3: {reason}" in watcher.lines
    assert [song.path for song in songs()] == ["B.FLAC", "a b/Ana - Song.mp3", "c.wav"]
    assert watcher.stages == [["looking", 4, 4], ["listening", 3, 3], ["writing", 3, 3]]


def test_a_file_that_hangs_when_it_is_listened_to_is_skipped_too(music: Path, run: Any, songs: Any, alone: Any) -> None:
    class Hanging(alone):
        def work(self, job: Any, tasks: Any, *, limit: Any = None) -> Any:
            for task, result in super().work(job, tasks, limit=limit):
                late = task == "B.FLAC" and job.func.__name__ == "listen"
                yield task, TookTooLong(limit(task)) if late else result

    analysis = run(Hanging())
    assert [entry.path for entry in analysis.skipped] == ["B.FLAC"]
    assert [song.id for song in songs()] == [1, 2]
    assert music.is_dir()


def test_a_file_may_take_as_long_as_its_size_asks_for(music: Path, run: Any, alone: Any) -> None:
    limits: dict[str, float] = {}

    class Asking(alone):
        def work(self, job: Any, tasks: Any, *, limit: Any = None) -> Any:
            for task, result in super().work(job, tasks, limit=limit):
                limits[task] = limit(task)
                yield task, result

    with (music / "long.opus").open("wb") as file:
        file.truncate(300_000_000)  # an audio book of a day
    run(Asking(), patience=7)
    assert limits["long.opus"] == 7 + 3_000
    assert limits["c.wav"] == 7 + (music / "c.wav").stat().st_size / 100_000
    assert len(limits) == 4


def test_strict_leaves_the_earlier_table_if_anything_is_skipped(music: Path, run: Any, songs: Any) -> None:
    assert run(strict=True).written
    before = songs()
    (music / "b.ogg").write_text("words " * 500)
    analysis = run(strict=True, k=3)
    assert not analysis.written
    assert [entry.path for entry in analysis.skipped] == ["b.ogg"]
    assert songs() == before


@pytest.mark.usefixtures("music")
def test_every_stage_counts_to_its_end(run: Any) -> None:
    watcher = Notes()
    run(watcher=watcher)
    run(watcher=watcher)
    stages = [["looking", 3, 3], ["listening", 3, 3], ["writing", 3, 3]]
    assert watcher.stages == [*stages, stages[0], ["listening", 0, 0], stages[2]]


@pytest.mark.usefixtures("music")
def test_processes_give_the_table_that_one_does_and_load_no_tensorflow(run: Any, songs: Any, tmp_path: Path) -> None:
    run()
    alone_songs = songs()
    cache_file(tmp_path / "songs.sqlite").unlink()
    with LocalWorkers(2) as workers:
        assert run(workers).heard == 3
        asked = "sorted({'tensorflow', 'keras', 'librosa'} & set(__import__('sys').modules))"
        assert [result for _, result in workers.work(eval, [asked] * 4)] == [[]] * 4
    assert songs() == alone_songs


@pytest.mark.usefixtures("music")
def test_a_worker_that_sees_another_model_refuses_to_listen(run: Any, tmp_path: Path) -> None:
    changed = other_head(tmp_path / "model")

    class Swapping:
        """Changes the model once the analysis has begun."""

        def work(self, job: Any, tasks: Any, **_: Any) -> Any:
            with (tmp_path / "model" / MODEL).open("ab") as network:
                network.write(bytes(16))
            return ((task, job(task)) for task in tasks)

    with pytest.raises(ModelError, match="not the music model that was asked for"):
        run(Swapping(), with_model=changed)


def test_a_folder_that_vanishes_on_the_way_is_no_folder_of_bad_songs(
    music: Path, run: Any, songs: Any, tmp_path: Path, alone: Any
) -> None:
    run()

    class Unplugged(alone):
        def work(self, job: Any, tasks: Any, *, limit: Any = None) -> Any:
            music.rename(tmp_path / "unplugged")
            yield from super().work(job, ["c.wav", *tasks], limit=limit)

    with pytest.raises(DatasetError, match="does not see this folder"):
        run(Unplugged())
    assert len(songs()) == 3


@pytest.mark.usefixtures("music")
def test_a_file_that_is_no_song_table_is_not_overwritten(run: Any, tmp_path: Path) -> None:
    table = tmp_path / "songs.sqlite"
    table.write_text("to do")
    with pytest.raises(SongTableError, match=r"songs\.sqlite"):
        run()
    assert table.read_text() == "to do"
    table.unlink()
    with sqlite3.connect(table) as database:
        database.execute("CREATE TABLE mine (x)")
    database.close()
    with pytest.raises(SongTableError, match=r"songs\.sqlite"):
        run()


def test_if_nothing_can_be_heard_the_earlier_table_stays(music: Path, run: Any, songs: Any) -> None:
    run()
    for path in [path for path in music.rglob("*") if path.is_file()]:
        path.write_bytes(b"words")
    with pytest.raises(AudioError, match=r"none of its 3 files.*c\.wav"):
        run()
    assert len(songs()) == 3


@pytest.mark.usefixtures("music")
def test_a_pipe_in_the_tables_place_is_not_waited_for(tmp_path: Path, run: Any) -> None:
    os.mkfifo(tmp_path / "songs.sqlite")
    with pytest.raises(SongTableError, match="it is no file"):
        run()


def test_a_folder_that_is_missing_or_holds_no_music_is_refused(tmp_path: Path, run: Any) -> None:
    with pytest.raises(DatasetError, match="no such folder"):
        run()
    (tmp_path / "music").mkdir()
    with pytest.raises(DatasetError, match="holds no music"):
        run()
    assert not (tmp_path / "songs.sqlite").exists()
