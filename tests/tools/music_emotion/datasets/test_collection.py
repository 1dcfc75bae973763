"""Which sets some paths hold."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.errors import DatasetError
from tools.music_emotion.datasets.collection import read_annotations, read_sets
from tools.music_emotion.datasets.emotify import GEMS

Write = Callable[..., Path]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def every_set(
    tmp_path: Path, write_deam: Write, write_clips: Write, midi_of: Callable[..., bytes], playing: Write
) -> Path:
    """A folder with a small one of every set, and one that is none."""
    playing()
    write_deam()
    write_clips(["a,rock,1,1"], files="a.mp3")
    (tmp_path / "emotify" / "audio" / "rock").mkdir(parents=True)
    (tmp_path / "emotify" / "audio" / "rock" / "1.ogg").touch()
    header, row = ("track id", "genre", *GEMS), ("101", "rock", "1", *"00000000")
    (tmp_path / "emotify" / "data.csv").write_text(f"{','.join(header)}\n{','.join(row)}\n")
    tables = {"emopia/label.csv": "ID,4Q\nQ1_a_0,1\n"}
    tables["vgmidi/static_va.csv"] = "midi,valence_mean,valence_std,arousal_mean,arousal_std\nSaga_a.mid,0,0.1,0,0.1\n"
    for table, midi in zip(tables, ("emopia/midis/Q1_a_0.mid", "vgmidi/midi/Saga_a.mid"), strict=True):
        (tmp_path / midi).parent.mkdir(parents=True)
        (tmp_path / midi).write_bytes(midi_of())
        (tmp_path / table).write_text(tables[table])
    return tmp_path


def test_every_set_in_a_folder_is_read(every_set: Path, cache: Path, soundfont: Path) -> None:
    sets = read_sets([every_set], cache=cache, soundfont=soundfont)
    assert [(songs.name, len(songs)) for songs in sets] == [
        ("deam", 5),
        ("emopia", 1),
        ("emotify", 1),
        ("own", 1),
        ("vgmidi", 1),
    ]
    assert len({songs.sha256 for songs in sets}) == len(sets)


def test_every_set_is_read_from_its_annotations_alone_as_with_its_sound(
    every_set: Path, cache: Path, soundfont: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = read_sets([every_set], cache=cache, soundfont=soundfont)
    for sound in ("DEAM/DEAM_audio", "own/audio", "emotify/audio", "emopia/midis", "vgmidi/midi"):
        shutil.rmtree(every_set / sound)
    monkeypatch.setenv("PATH", "")  # no fluidsynth
    unheard = read_annotations([every_set])
    for one, other in zip(heard, unheard, strict=True):
        assert (one.name, one.ids, one.sha256, other.passed) == (other.name, other.ids, other.sha256, ())
        assert one.places.tolist() == other.places.tolist()
        assert str(one.deviations) == str(other.deviations), "nan where nothing is said"
        with pytest.raises(DatasetError, match="the sound of none"):
            read_sets([every_set / ("DEAM" if one.name == "deam" else one.name)], cache=every_set / "new")


def test_no_sound_is_made_of_sets_that_are_not_wanted(every_set: Path, cache: Path, soundfont: Path) -> None:
    sets = read_sets([every_set], cache=cache, soundfont=soundfont, wanted=lambda songs: songs.name == "own")
    assert [songs.name for songs in sets] == ["own"]
    assert not cache.exists()


def test_each_set_is_known_by_its_own_folder(every_set: Path, cache: Path, soundfont: Path) -> None:
    for folder, name in (("DEAM", "deam"), ("own", "own"), ("emotify", "emotify"), ("emopia", "emopia")):
        assert [songs.name for songs in read_sets([every_set / folder], cache=cache, soundfont=soundfont)] == [name]


def test_nothing_is_read_twice(every_set: Path, cache: Path, soundfont: Path) -> None:
    (every_set / "link").symlink_to(every_set / "own")
    paths = [every_set / "own", every_set, every_set / "emopia" / ".." / "own"]
    names = [songs.name for songs in read_sets(paths, cache=cache, soundfont=soundfont)]
    assert names == ["own", "deam", "emopia", "emotify", "vgmidi"]


def test_a_copy_of_a_set_is_refused(write_clips: Write, cache: Path) -> None:
    folders = [write_clips(["a,rock,1,1"], files="a.mp3", name=name) for name in ("one", "two")]
    with pytest.raises(DatasetError, match=r"one and .*two hold the same annotations"):
        read_sets(folders, cache=cache)


def test_folders_of_one_name_are_numbered(write_clips: Write, cache: Path) -> None:
    folders = [write_clips([f"a,{name},1,1"], files="a.mp3", name=f"{name}/clips") for name in "abc"]
    assert [songs.name for songs in read_sets(folders, cache=cache)] == ["clips", "clips (2)", "clips (3)"]


def test_a_set_without_sound_is_passed_over_beside_others_and_refused_by_itself(
    write_deam: Write, write_clips: Write, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    deam = write_deam(sounds=())
    write_clips(["a,rock,1,1"], files="a.mp3")
    with caplog.at_level(logging.WARNING):
        assert [songs.name for songs in read_sets([deam.parent], cache=cache)] == ["own"]
    assert "the sound of none of the 5 songs of deam" in caplog.text
    with pytest.raises(DatasetError, match="the sound of none of the 5 songs of deam"):
        read_sets([deam.parent, deam], cache=cache)


@pytest.mark.parametrize("folder", ["empty", "absent"])
def test_a_folder_with_nothing_known_is_told_what_would_be(tmp_path: Path, cache: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match=folder) as caught:
        read_sets([tmp_path / folder], cache=cache)
    for form in ("DEAM_audio/MEMD_audio", "data.csv", "label.csv", "static_va.csv", "annotations.csv"):
        assert form in caught.value.mend


@pytest.mark.data
def test_the_real_clips_are_found_among_the_sets(music_data: Path, cache: Path) -> None:
    [clips] = read_sets([music_data / "clips-va"], cache=cache)
    assert (clips.name, len(clips)) == ("clips-va", 218)
