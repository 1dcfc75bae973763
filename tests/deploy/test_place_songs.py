"""What root does in a folder that others may write to: no link of theirs is followed, whenever they put it there."""

import errno
import grp
import io
import itertools
import os
import random
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from deploy import place_songs
from deploy.place_songs import UNFINISHED, PassedOverError, place

SONG = b"sound" * 1000
OUR_GROUP = os.getgid()
ROOT = Path(__file__).parents[2]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    for name in ("zz.ogg", "sub/zz.ogg", "sub/deep/er/zz.ogg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(SONG)
    return folder


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    folder.chmod(0o2775)
    return folder


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    """What nobody but root may write."""
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "passwd").write_text("root", encoding="utf-8")
    return folder


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["zz.ogg", "sub/zz.ogg", "sub/deep/er/zz.ogg"])
def test_a_song_is_placed_whole_and_for_the_group(source: Path, music: Path, name: str) -> None:
    place(source, music, name, OUR_GROUP)
    assert (music / name).read_bytes() == SONG
    assert stat.S_IMODE((music / name).stat().st_mode) == 0o664
    assert everything(music).keys() == {name}
    (music / name).write_bytes(b"half")
    place(source, music, name, OUR_GROUP)
    assert (music / name).read_bytes() == SONG


def test_the_music_folder_may_be_a_link(source: Path, music: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(music)
    place(source, tmp_path / "link", "sub/zz.ogg", OUR_GROUP)
    assert (music / "sub/zz.ogg").read_bytes() == SONG


@pytest.mark.parametrize(
    ("planted", "target", "song"),
    [
        ("sub", "etc", "sub/zz.ogg"),
        ("sub", "/etc-that-is-missing", "sub/zz.ogg"),
        ("sub", "sub", "sub/zz.ogg"),
        ("sub/deep", "etc", "sub/deep/er/zz.ogg"),
        ("sub/deep/er", "etc", "sub/deep/er/zz.ogg"),
        ("sub", "etc/passwd", "sub/zz.ogg"),
    ],
)
def test_a_planted_link_on_the_way_is_not_followed(
    source: Path, music: Path, etc: Path, planted: str, target: str, song: str
) -> None:
    (music / planted).parent.mkdir(parents=True, exist_ok=True)
    (music / planted).symlink_to(etc.parent / target)
    before = everything(etc)
    with pytest.raises(PassedOverError, match="is a link or no folder, and links are not followed"):
        place(source, music, song, OUR_GROUP)
    assert everything(etc) == before


@pytest.mark.parametrize("planted", ["zz.ogg", UNFINISHED])
@pytest.mark.parametrize("target", ["etc/passwd", "etc/new", "etc", "sink"])
def test_a_planted_link_in_the_place_of_a_song_is_replaced(
    source: Path, music: Path, etc: Path, planted: str, target: str
) -> None:
    os.mkfifo(etc.parent / "sink")
    (music / planted).symlink_to(etc.parent / target)
    place(source, music, "zz.ogg", OUR_GROUP)
    assert everything(music) == {"zz.ogg": SONG}
    assert not (music / "zz.ogg").is_symlink()
    assert everything(etc) == {"passwd": b"root"}


def test_a_hard_link_keeps_its_content(source: Path, music: Path, etc: Path) -> None:
    os.link(etc / "passwd", music / "zz.ogg")
    place(source, music, "zz.ogg", OUR_GROUP)
    assert (music / "zz.ogg").read_bytes() == SONG
    assert everything(etc) == {"passwd": b"root"}


def plant_folder(path: Path) -> None:
    path.mkdir()
    (path / "inside").touch()


@pytest.mark.parametrize("plant", [os.mkfifo, plant_folder, Path.touch])
@pytest.mark.parametrize("where", ["sub", "sub/zz.ogg", f"sub/{UNFINISHED}"])
def test_nothing_planted_makes_it_wait_or_fall(source: Path, music: Path, plant: object, where: str) -> None:
    (music / where).parent.mkdir(parents=True, exist_ok=True)
    plant(music / where)  # type: ignore[operator]
    with suppress(PassedOverError):
        place(source, music, "sub/zz.ogg", OUR_GROUP)
    songs = {name: content for name, content in everything(music).items() if name.endswith("zz.ogg")}
    assert songs in ({}, {"sub/zz.ogg": SONG})


def test_a_folder_that_is_swapped_all_the_time_leads_nowhere(source: Path, music: Path, etc: Path) -> None:
    over = threading.Event()

    def swap() -> None:
        for number in itertools.count():
            if over.is_set():
                return
            with suppress(OSError):
                (music / "sub").rename(music / f"own-{number}")
            with suppress(OSError):
                (music / "sub").symlink_to(etc)
            with suppress(OSError):
                (music / "sub").unlink()

    swapper = threading.Thread(target=swap)
    swapper.start()
    placed = 0
    try:
        for _ in range(1000):
            with suppress(PassedOverError):
                place(source, music, "sub/zz.ogg", OUR_GROUP)
                placed += 1
    finally:
        over.set()
        swapper.join()
    assert everything(etc) == {"passwd": b"root"}
    assert 0 < placed < 1000, "both happened: a folder, and a link in its place"


def test_a_link_in_the_source_leads_out_of_it_for_nobody(source: Path, music: Path, etc: Path) -> None:
    (source / "out.ogg").symlink_to(etc / "passwd")
    (source / "up").symlink_to("..")
    (source / "in.ogg").symlink_to("sub/zz.ogg")
    os.mkfifo(source / "pipe.ogg")
    for name in ("out.ogg", "up/etc/passwd", "pipe.ogg", "missing.ogg", "sub", "../etc/passwd", ""):
        with pytest.raises(PassedOverError, match="cannot be read"):
            place(source, music, name, OUR_GROUP)
    place(source, music, "in.ogg", OUR_GROUP)
    assert everything(music) == {"in.ogg": SONG}


def names(random_: random.Random) -> Iterator[str]:
    parts = ["..", ".", "", "sub", "zz.ogg", "a" * 300, "\n", "\0", "-n", "$(id)", "é", "\udce9", UNFINISHED, "etc"]
    for _ in range(2000):
        yield "/".join(random_.choices(parts, k=random_.randint(1, 5)))


def test_no_name_leads_out_or_ends_in_anything_but_words(source: Path, music: Path, etc: Path) -> None:
    around = {path for path in music.parent.rglob("*") if music not in path.parents}
    for name in names(random.Random(14)):  # noqa: S311 - drawn alike in every run
        with suppress(PassedOverError):
            place(source, music, name, OUR_GROUP)
    assert {path for path in music.parent.rglob("*") if music not in path.parents} == around
    assert everything(etc) == {"passwd": b"root"}


class Growing(io.FileIO):
    """A file that gets longer with every read."""

    def read(self, size: int | None = -1) -> bytes:  # type: ignore[override]
        with Path(str(self.name)).open("ab") as file:
            file.write(SONG)
        return super().read(size)


class Shrinking(io.FileIO):
    """A file that is emptied before it is read."""

    def read(self, size: int | None = -1) -> bytes:  # type: ignore[override]
        os.truncate(str(self.name), 0)
        return super().read(size)


def test_a_song_that_grows_or_shrinks_fills_no_disk(source: Path, music: Path) -> None:
    with Growing(source / "zz.ogg") as song, (music / "zz.ogg").open("wb") as written:
        place_songs._copy(song, written)  # type: ignore[arg-type]
    assert (music / "zz.ogg").read_bytes() == SONG
    with (
        Shrinking(source / "zz.ogg") as song,
        (music / "zz.ogg").open("wb") as written,
        pytest.raises(PassedOverError, match="it became shorter"),
    ):
        place_songs._copy(song, written)  # type: ignore[arg-type]


def run(source: Path, music: Path, *songs: str) -> subprocess.CompletedProcess[str]:
    group = grp.getgrgid(OUR_GROUP).gr_name
    command = [sys.executable, place_songs.__file__, str(source), str(music), group]
    given = "".join(f"{song}\0" for song in songs)
    return subprocess.run(
        command, input=given, capture_output=True, text=True, check=False, timeout=60, env={"PYTHONPATH": str(ROOT)}
    )


def test_the_command_goes_on_after_what_it_passes_over(source: Path, music: Path, etc: Path) -> None:
    (music / "sub").symlink_to(etc)
    finished = run(source, music, "sub/zz.ogg", "\x1b[2Jmissing.ogg", "zz.ogg")
    assert (finished.returncode, finished.stderr) == (0, "")
    first, second = finished.stdout.splitlines()
    assert first.startswith("sub/zz.ogg: something stands in its way in the music folder (sub is a link")
    assert second.startswith("[2Jmissing.ogg: cannot be read")
    assert everything(music) == {"zz.ogg": SONG}


def test_folders_that_it_makes_are_the_groups(source: Path, music: Path) -> None:
    run(source, music, "sub/deep/er/zz.ogg")
    assert stat.S_IMODE((music / "sub/deep").stat().st_mode) == 0o2775


def test_a_disk_that_takes_no_more_ends_it(source: Path, music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        place(source, music, "zz.ogg", OUR_GROUP)
    assert everything(music) == {}
