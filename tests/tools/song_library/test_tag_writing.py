import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mutagen
import numpy as np
import pytest
import soundfile
from mutagen.flac import Picture
from mutagen.id3 import APIC, COMM, ID3, TALB, TDRC, TIT2, TMOO, TPE1, TXXX, TYER, UFID, ID3TimeStamp
from mutagen.mp4 import MP4Cover, MP4FreeForm

from device.recommendation.song_table import Header, Song, read_song_table, write_song_table
from tools.audio.audio_hash import content_hash
from tools.audio.decode import decode
from tools.song_library import tag_writing
from tools.song_library.scan import scan
from tools.song_library.skipped import Skipped
from tools.song_library.tag_formats import TaggedFile
from tools.song_library.tag_writing import TagWriting, write_moods

Put = Callable[[Path], Path]
SUFFIXES = [".mp3", ".wav", ".aiff", ".flac", ".ogg", ".opus", ".m4a"]
COVER = bytes.fromhex("89504e470d0a1a0a") + bytes(range(256)) * 40
CALM = (0.1, -0.5)
ATOM = "----:com.apple.iTunes:"


@pytest.fixture
def library(put_tone: Put, tmp_path: Path) -> Path:
    """One tagged song of every format, with tags of many kinds."""
    root = tmp_path / "music"
    for suffix in SUFFIXES:
        path = root / "Año" / f"song{suffix}"
        if suffix == ".aiff":
            soundfile.write(path, 0.1 * np.sin(np.arange(16_000) / 5), 16_000)
        else:
            put_tone(path)
        tag(path)
    return root


def tag(path: Path) -> None:
    file: Any = mutagen.File(path)
    if file.tags is None:
        file.add_tags()
    if isinstance(file.tags, ID3):
        for frame in (
            TIT2(3, "Füße"), TPE1(3, ["AC/DC", "Bo"]), TALB(0, "First"), TDRC(0, [ID3TimeStamp("1999-05-01")]),
            COMM(3, "deu", "", "Kommentar"), TXXX(3, "REPLAYGAIN_TRACK_GAIN", "-7.2 dB"), UFID("http://x", b"\x00\x01"),
            APIC(0, "image/png", 3, "front", COVER), TMOO(3, ["Party"]),
        ):  # fmt: skip
            file.tags.add(frame)
    elif path.suffix == ".m4a":
        file.tags["\xa9nam"], file.tags["\xa9ART"], file.tags["trkn"] = ["Füße"], ["AC/DC", "Bo"], [(3, 12)]
        file.tags["covr"], file.tags["cpil"] = [MP4Cover(COVER, MP4Cover.FORMAT_PNG)], True
        file.tags[f"{ATOM}REPLAYGAIN"], file.tags[f"{ATOM}MOOD"] = [MP4FreeForm(b"-7.2")], [MP4FreeForm(b"Party")]
    else:
        file["TITLE"], file["ARTIST"], file["odd key"] = ["Füße"], ["AC/DC", "Bo"], ["a=b"]
        file["mood"] = ["Party"]
        if path.suffix == ".flac":
            picture = Picture()
            picture.data, picture.mime = COVER, "image/png"
            file.add_picture(picture)
    file.save()


def song(root: Path, path: str, place: tuple[float, float] = CALM, number: int = 1) -> Song:
    vector = (0.0, 0.0, 0.0, 0.0, 0.0, 100.0, 0.0, 0.0)
    return Song(number, path, "t", "a", "b", 4.0, content_hash(root / path), *place, vector)


def songs(root: Path, place: tuple[float, float] = CALM) -> list[Song]:
    return [song(root, path, place, number) for number, path in enumerate(scan(root).paths, start=1)]


def write(found: list[Song], root: Path, *, dry_run: bool = False) -> TagWriting:
    return write_moods(found, root, dry_run=dry_run, progress=lambda _done, _total: None)


def fields(path: Path) -> tuple[list[str], list[str], list[str]]:
    """Mood, valence and arousal as another program reads them."""
    tags: Any = mutagen.File(path).tags
    names = ("MOOD", "MIEN_VALENCE", "MIEN_AROUSAL")
    if isinstance(tags, ID3):
        frames = [tags.get("TMOO"), *(tags.get(f"TXXX:{name}") for name in names[1:])]
        return tuple([str(text) for text in frame.text] if frame else [] for frame in frames)  # type: ignore[return-value]
    if path.suffix == ".m4a":
        return tuple([bytes(value).decode() for value in tags.get(ATOM + name, [])] for name in names)  # type: ignore[return-value]
    return tuple(tags.get(name, []) for name in names)  # type: ignore[return-value]


def sound(path: Path) -> bytes:
    return b"".join(block.tobytes() for block in decode(path, sample_rate=16_000))


def test_every_format_gets_the_fields_and_loses_nothing(library: Path) -> None:
    paths = [library / path for path in scan(library).paths]
    before = {path: (TaggedFile(path).others(), sound(path)) for path in paths}
    assert all(len(others) >= 3 for others, _ in before.values())
    assert write(songs(library), library) == TagWriting(len(SUFFIXES), 0, ())
    for path in paths:
        assert fields(path) == (["calm", "Party"], ["+0.100"], ["-0.500"])
        assert (TaggedFile(path).others(), sound(path)) == before[path]
    assert sorted(path.name for path in (library / "Año").iterdir()) == sorted(f"song{suffix}" for suffix in SUFFIXES)


def test_other_programs_still_read_the_other_tags(library: Path) -> None:
    write(songs(library), library)
    mp3 = ID3(library / "Año" / "song.mp3")
    assert (mp3["TPE1"].text, str(mp3["TDRC"]), mp3["APIC:front"].data) == (["AC/DC", "Bo"], "1999-05-01", COVER)
    flac = mutagen.File(library / "Año" / "song.flac")
    assert (flac["artist"], flac["odd key"], flac.pictures[0].data) == (["AC/DC", "Bo"], ["a=b"], COVER)
    m4a = mutagen.File(library / "Año" / "song.m4a")
    assert (m4a["trkn"], bytes(m4a["covr"][0]), bytes(m4a[f"{ATOM}REPLAYGAIN"][0])) == ([(3, 12)], COVER, b"-7.2")


def test_a_second_time_nothing_is_written_and_a_new_mood_replaces_ours_only(library: Path) -> None:
    write(songs(library), library)
    bytes_before = {path: (library / path).read_bytes() for path in scan(library).paths}
    assert write(songs(library), library) == TagWriting(0, len(SUFFIXES), ())
    assert {path: (library / path).read_bytes() for path in scan(library).paths} == bytes_before
    assert write(songs(library, (-0.5, 0.1)), library).written == len(SUFFIXES)
    for path in bytes_before:
        assert fields(library / path) == (["frustrated", "Party"], ["-0.500"], ["+0.100"])


def test_a_mood_of_the_owner_that_is_one_of_our_words_stays(put_tone: Put, tmp_path: Path) -> None:
    path = put_tone(tmp_path / "x.flac")
    file = mutagen.File(path)
    file["MOOD"] = ["happy", "calm"]
    file.save()
    write(songs(tmp_path), tmp_path)
    assert fields(path)[0] == ["calm", "happy"]
    write(songs(tmp_path, (-0.5, 0.1)), tmp_path)
    assert fields(path)[0] == ["frustrated", "happy"]


def test_the_table_stays_right_since_its_hashes_do_not_cover_tags(library: Path, tmp_path: Path) -> None:
    table = tmp_path / "songs.sqlite"
    write_song_table(table, Header(1, 0.3, 0.3, "model-1"), songs(library))
    write(list(read_song_table(table).songs), library)
    for entry in read_song_table(table).songs:
        assert content_hash(library / entry.path) == entry.content_hash


def test_id3v2_3_stays_v2_3_with_the_frames_that_v2_4_has_not(put_tone: Put, tmp_path: Path) -> None:
    path = put_tone(tmp_path / "x.mp3")
    tags = ID3()
    for frame in (TIT2(1, "Füße"), TPE1(1, "AC/DC"), TYER(0, "1999")):
        tags.add(frame)
    tags.save(path, v2_version=3, v1=2)
    old_tail = bytearray(path.read_bytes())
    old_tail[-125:-118] = b"\xcf\xf0\xe8\xe2\xe5\xf2!"  # a title in cp1251
    path.write_bytes(old_tail)
    assert write(songs(tmp_path), tmp_path).written == 1
    read = ID3(path, translate=False)
    assert read.version == (2, 3, 0)
    assert (read["TIT2"].text, read["TPE1"].text, read["TYER"].text) == (["Füße"], ["AC/DC"], ["1999"])
    assert fields(path)[0] == ["calm"]
    assert path.read_bytes()[-128:] == bytes(old_tail[-128:])


def test_what_only_id3v1_says_is_said_by_both_from_now_on(put_tone: Put, tmp_path: Path) -> None:
    path = put_tone(tmp_path / "x.mp3")
    ID3(path).delete(path)
    old = b"TAG" + b"".join(text.ljust(30, b"\0") for text in (b"Song", b"Ana", b"First")) + b"1999".ljust(35, b" ")
    with path.open("ab") as file:
        file.write(old)
    assert write(songs(tmp_path), tmp_path).written == 1
    assert path.read_bytes()[-128:] == old
    tags = ID3(path, load_v1=False)
    assert (str(tags["TIT2"]), str(tags["TPE1"]), str(tags["TMOO"])) == ("Song", "Ana", "calm")


def test_chunks_of_a_wav_file_that_are_no_tags_of_ours_stay(tmp_path: Path) -> None:
    with soundfile.SoundFile(tmp_path / "x.wav", "w", 8000, 1) as file:
        file.title, file.comment = "Song", "said by the recorder"
        file.write(np.zeros(8000))
    assert write(songs(tmp_path), tmp_path).written == 1
    with soundfile.SoundFile(tmp_path / "x.wav") as file:
        assert (file.title, file.comment) == ("Song", "said by the recorder")


@pytest.mark.parametrize("suffix", SUFFIXES[:2] + SUFFIXES[3:])
def test_a_file_without_tags_gets_some(put_tone: Put, tmp_path: Path, suffix: str) -> None:
    path = put_tone(tmp_path / f"x{suffix}")
    heard = sound(path)
    assert write(songs(tmp_path), tmp_path).written == 1
    assert fields(path) == (["calm"], ["+0.100"], ["-0.500"])
    assert sound(path) == heard


def test_mode_and_owner_are_kept_and_a_dry_run_writes_nothing(put_tone: Put, tmp_path: Path) -> None:
    path = put_tone(tmp_path / "x.flac")
    path.chmod(0o640)
    before = path.read_bytes()
    assert write(songs(tmp_path), tmp_path, dry_run=True) == TagWriting(1, 0, ())
    assert path.read_bytes() == before
    write(songs(tmp_path), tmp_path)
    assert path.read_bytes() != before
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_stays_a_link(put_tone: Put, tmp_path: Path) -> None:
    path = put_tone(tmp_path / ".store" / "x.flac")
    (tmp_path / "x.flac").symlink_to(".store/x.flac")
    assert write(songs(tmp_path), tmp_path).written == 1
    assert (tmp_path / "x.flac").is_symlink()
    assert fields(path)[0] == ["calm"]


def test_what_cannot_be_written_is_told_and_left_alone(put_tone: Put, tmp_path: Path) -> None:
    root = tmp_path / "music"
    for name in ("changed.flac", "gone.flac", "good.flac", "out.flac", "protected.flac"):
        put_tone(root / name)
    found = songs(root)
    soundfile.write(root / "changed.flac", np.zeros(9000), 8000)
    (root / "gone.flac").unlink()
    (root / "out.flac").rename(tmp_path / "out.flac")
    (root / "out.flac").symlink_to(tmp_path / "out.flac")
    (root / "protected.flac").chmod(0o444)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.flac") if path.name != "good.flac"}
    result = write(found, root)
    assert (result.written, result.unchanged) == (1, 0)
    assert {entry.path: entry.reason for entry in result.skipped} == {
        "changed.flac": "its sound is not the one that was analysed: analyse again first",
        "gone.flac": "cannot be read or written (No such file or directory)",
        "out.flac": "a link that leads out of the music folder",
        "protected.flac": "it is write-protected",
    }
    assert {path: path.read_bytes() for path in before} == before


def test_a_format_without_tags_and_a_damaged_head_are_told(put_tone: Put, tmp_path: Path) -> None:
    (tmp_path / "raw.aac").write_bytes(bytes.fromhex("fff15080017ffc") * 40)
    broken = put_tone(tmp_path / "x.flac")
    broken.write_bytes(b"words, renamed")
    result = write(songs(tmp_path), tmp_path)
    assert (result.written, len(result.skipped)) == (0, 2)
    assert Skipped("raw.aac", "its format holds no tags") in result.skipped


def test_a_save_that_would_lose_tags_or_sound_leaves_the_file_as_it_was(
    put_tone: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put_tone(tmp_path / "x.flac")
    tag(path)
    before = path.read_bytes()

    class Careless(TaggedFile):
        def save(self) -> None:
            del self._file["title"]
            super().save()

    monkeypatch.setattr(tag_writing, "TaggedFile", Careless)
    result = write(songs(tmp_path), tmp_path)
    assert result.skipped[0].reason == "others of its tags would change: nothing was written"

    class Deaf(TaggedFile):
        def save(self) -> None:
            soundfile.write(self._file.filename, np.zeros(9000), 8000)

    monkeypatch.setattr(tag_writing, "TaggedFile", Deaf)
    assert write(songs(tmp_path), tmp_path).skipped[0].reason == "its sound would change: nothing was written"
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["x.flac"]  # noqa: PTH208


def test_an_interruption_leaves_the_old_file_or_the_new_one(
    put_tone: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put_tone(tmp_path / "x.mp3")
    before = path.read_bytes()

    class Interrupted(TaggedFile):
        def save(self) -> None:
            super().save()
            raise KeyboardInterrupt

    monkeypatch.setattr(tag_writing, "TaggedFile", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(songs(tmp_path), tmp_path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
