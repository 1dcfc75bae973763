"""Faces in one tar file beside a table of who and what they show."""

import io
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from tools.errors import DatasetError
from tools.face_emotion.datasets.collection import read_sets
from tools.face_emotion.datasets.face_archives import read_face_archive

HEADER = "file,person,source,emotion"
ROWS = ("a.png,7,news,anger", "b.png,7,film,sadness|surprise")


def picture(grey: int, size: int = 90) -> bytes:
    return cv2.imencode(".png", np.full((size, size), grey, dtype=np.uint8))[1].tobytes()


FACES = {"a.png": picture(60), "b.png": picture(200), "c.png": picture(5)}


def pack(folder: Path, faces: Mapping[str, bytes] = FACES, rows: Sequence[str] = ROWS) -> Path:
    folder.mkdir(exist_ok=True)
    with tarfile.open(folder / "faces.tar", "w") as archive:
        for name, content in faces.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    (folder / "labels.csv").write_text("\n".join([HEADER, *rows, ""]))
    return folder


def test_named_pictures_become_crops_with_their_people_and_shared_votes(tmp_path: Path) -> None:
    read = read_face_archive(pack(tmp_path))
    examples = read.examples
    assert examples.crops.shape == (2, 48, 48)
    assert examples.crops.mean(axis=(1, 2)).tolist() == [60, 200]
    assert (examples.labels.tolist(), examples.subjects.tolist()) == ([0, 4], ["7", "7"])
    assert examples.votes[1].tolist() == [0, 0, 0, 0, 0.5, 0.5, 0, 0]
    assert (read.unreadable, read.passed_over) == ((), 0)
    assert {name: mask.tolist() for name, mask in examples.by_source().items()} == {
        "film": [False, True],
        "news": [True, False],
    }
    assert examples.select(np.array([0])).by_source() == {}


def test_sources_can_be_left_out(tmp_path: Path) -> None:
    read = read_face_archive(pack(tmp_path), without=("film",))
    assert (read.examples.labels.tolist(), read.passed_over) == ([0], 1)


def test_pictures_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    read = read_face_archive(pack(tmp_path, {**FACES, "a.png": b"no picture"}))
    assert (read.unreadable, len(read.examples)) == (("a.png",), 1)


@pytest.mark.parametrize(
    ("faces", "rows", "said"),
    [
        (FACES, ("a.png,7,news,bored",), "'bored' is no label"),
        (FACES, ("a.png,,news,anger",), "the person is not named"),
        (FACES, ("a.png,1,*news*,anger",), "the source is no word"),
        (FACES, ("a.png,1,news,anger", "a.png,1,news,fear"), "names 'a.png' more than once"),
        (FACES, ("d.png,1,news,anger",), "lacks 'd.png'"),
        ({"a.png": b""}, ("a.png,1,news,anger",), "can be read"),
    ],
)
def test_what_is_out_of_form_is_refused(
    tmp_path: Path, faces: Mapping[str, bytes], rows: Sequence[str], said: str
) -> None:
    with pytest.raises(DatasetError, match=said):
        read_face_archive(pack(tmp_path, faces, rows))


def test_links_in_the_archive_are_not_followed_and_a_packed_one_is_refused(tmp_path: Path) -> None:
    pack(tmp_path)
    with tarfile.open(tmp_path / "faces.tar", "w") as archive:
        link = tarfile.TarInfo("a.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    with pytest.raises(DatasetError, match=r"lacks 'a\.png'"):
        read_face_archive(tmp_path)
    (tmp_path / "faces.tar").write_bytes(b"\x1f\x8b\x08 not a plain one")
    with pytest.raises(DatasetError, match="cannot be read"):
        read_face_archive(tmp_path)


def test_the_known_set_is_titled_and_its_films_are_left_out(tmp_path: Path) -> None:
    [known] = read_sets([pack(tmp_path / "news-and-film")])
    assert (known.title.key, known.title.trust, len(known.examples)) == ("news_and_film", 0.8, 1)
    assert list(known.dropped.values()) == [1]
    [all_of_it] = read_sets([tmp_path / "news-and-film"], everything=True)
    assert (len(all_of_it.examples), all_of_it.dropped) == (2, {})
    [own] = read_sets([pack(tmp_path / "our faces")])
    assert (own.title.key, own.title.trust, len(own.examples)) == ("our_faces", 1.0, 2)
