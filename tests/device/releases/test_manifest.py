"""A release and its manifest: any damage is found, and no id or path leads outside."""

import errno
import io
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device.errors import ReleaseError
from device.files.untrusted import open_beneath
from device.releases.manifest import (
    LONGEST_WORD,
    MANIFEST,
    MOST_FILES,
    MOST_FOLDERS,
    MOST_MANIFEST_BYTES,
    MOST_RELEASE_BYTES,
    MOST_WORDS,
    FileEntry,
    Manifest,
    describe_file,
    read_manifest,
    verify,
    write_manifest,
)

CONTENTS = {"face_emotion/model.tflite": bytes(range(200)), "songs.sqlite": b"songs", "empty": b""}

SOME_FILE = FileEntry(1, "0" * 64)

MakeRelease = Callable[..., Path]

in_tmp_path = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # every example mends what it broke


@pytest.fixture
def make_release(tmp_path: Path) -> MakeRelease:
    """Write a whole release under ``releases/<id>``."""

    def build(release_id: str = "2026.11.1") -> Path:
        folder = tmp_path / "releases" / release_id
        for name, content in CONTENTS.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        write_manifest(folder, manifest_of(folder))
        return folder

    return build


def manifest_of(folder: Path, *names: str) -> Manifest:
    return Manifest(
        release_id=folder.name,
        created="2026-11-01T12:00:00+00:00",
        files={name: describe_file(folder / name) for name in names or CONTENTS},
        versions={"face_emotion": "1.2", "mien": "0.1.0"},
        labels={"face_emotion": ("anger", "neutral"), "songs": ("frustrated", "tense")},
    )


def test_a_manifest_comes_back_as_it_was_written(make_release: MakeRelease) -> None:
    folder = make_release()

    assert read_manifest(folder) == manifest_of(folder)
    assert verify(folder) == manifest_of(folder)
    assert not list(folder.glob(".*"))


def test_a_file_is_described_by_its_size_and_hash(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")  # the first test vector of FIPS 180

    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert describe_file(tmp_path / "abc") == FileEntry(3, known)


@given(data=st.data())
@in_tmp_path
def test_a_flipped_bit_is_found_in_any_file(make_release: MakeRelease, data: st.DataObject) -> None:
    folder = make_release()
    name = data.draw(st.sampled_from([name for name, content in CONTENTS.items() if content]))
    content = bytearray(CONTENTS[name])
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    (folder / name).write_bytes(content)

    with pytest.raises(ReleaseError, match=f"{name}: its content is not the one"):
        verify(folder)


@given(data=st.data())
@in_tmp_path
def test_a_file_of_another_length_is_found(make_release: MakeRelease, data: st.DataObject) -> None:
    folder = make_release()
    name = data.draw(st.sampled_from(sorted(CONTENTS)))
    length = len(CONTENTS[name])
    other = data.draw(st.integers(0, length + 5).filter(lambda size: size != length))
    (folder / name).write_bytes((CONTENTS[name] + bytes(5))[:other])

    with pytest.raises(ReleaseError, match=f"{name}: {other} bytes, not the {length} that"):
        verify(folder)


@pytest.mark.parametrize("name", CONTENTS)
def test_a_missing_file_is_found(make_release: MakeRelease, name: str) -> None:
    folder = make_release()
    (folder / name).unlink()

    with pytest.raises(ReleaseError, match=f"{name}: the release lacks this file"):
        verify(folder)


class TornFile(io.FileIO):
    """A file on a bad sector."""

    def read(self, _most: int | None = -1, /) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_a_file_that_cannot_be_read_is_told(make_release: MakeRelease, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_release()
    (folder / "face_emotion" / "model.tflite").rename(folder / "songs.sqlite")
    write_manifest(folder, replace(manifest_of(folder, "songs.sqlite"), release_id="1"))
    opened = "device.releases.manifest.open_beneath"
    monkeypatch.setattr(opened, lambda at, name: TornFile(at / name) if name in CONTENTS else open_beneath(at, name))

    with pytest.raises(ReleaseError, match=r"songs\.sqlite: the file cannot be read \(Input/output error\)"):
        verify(folder)


def test_files_that_the_manifest_does_not_name_are_not_looked_at(make_release: MakeRelease) -> None:
    folder = make_release()
    (folder / "songs.sqlite-journal").write_bytes(b"")

    verify(folder)


def change_manifest(folder: Path, change: Callable[[Any], object]) -> None:
    content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    change(content)
    (folder / MANIFEST).write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(lambda content: content.update(schema_version=2), "has schema 2", id="another schema"),
        pytest.param(lambda content: content.pop("schema_version"), "schema_version", id="no schema"),
        pytest.param(lambda content: content.pop("files"), "files", id="no files"),
        pytest.param(lambda content: content.update(files=[]), "files is", id="files as a list"),
        pytest.param(lambda content: content["files"].update(a=1), "file 'a' is 1", id="a file as a number"),
        pytest.param(lambda content: content["files"].update(a={}), "missing", id="a file without size"),
        pytest.param(lambda content: content.update(labels=3), "labels is 3", id="labels as a number"),
        pytest.param(lambda content: content.update(release_id=5), "release id is 5", id="an id as a number"),
        pytest.param(lambda content: content.update(release_id="../1"), "release id", id="an id that leads outside"),
        pytest.param(
            lambda content: content["files"].update({"../x": {"size": 1, "sha256": "0" * 64}}),
            "inside",
            id="a path outside",
        ),
    ],
)
def test_an_unsound_manifest_is_told(make_release: MakeRelease, change: Callable[[Any], object], told: str) -> None:
    folder = make_release()
    change_manifest(folder, change)

    with pytest.raises(ReleaseError, match=told) as caught:
        verify(folder)
    assert str(folder) in caught.value.what


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"3", b"\xff\xfe", b"null"])
def test_a_manifest_that_is_no_json_object_is_told(make_release: MakeRelease, content: bytes) -> None:
    folder = make_release()
    (folder / MANIFEST).write_bytes(content)

    with pytest.raises(ReleaseError, match="not a valid manifest"):
        read_manifest(folder)


def test_a_folder_without_a_manifest_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="not a release"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    "release_id", ["", ".", "..", ".hidden", "../1", "a/b", "/a", "a b", "current", "previous", "é", "a" * 65]
)
def test_an_id_that_is_no_plain_name_is_refused(release_id: str) -> None:
    with pytest.raises(ValueError, match="release id"):
        Manifest(release_id, created="", files={}, versions={}, labels={})


@given(st.text(max_size=70))
def test_an_accepted_id_always_stays_in_its_folder(release_id: str) -> None:
    try:
        Manifest(release_id, created="2026-11-01", files={}, versions={}, labels={})
    except ValueError:
        return
    assert (Path("/releases") / release_id).parent == Path("/releases")


@pytest.mark.parametrize("path", ["/etc/passwd", "..", "../a", "a/../../b", "a/.."])
def test_a_file_outside_the_release_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="does not lie inside"):
        Manifest("1", created="", files={path: SOME_FILE}, versions={}, labels={})


def of_one_byte(*names: str) -> Callable[[Any], object]:
    return lambda content: content["files"].update({name: {"size": 1, "sha256": "0" * 64} for name in names})


def of_size(size: object, count: int = 1) -> Callable[[Any], object]:
    files = {f"file {number}": {"size": size, "sha256": "0" * 64} for number in range(count)}
    return lambda content: content["files"].update(files)


def having(**values: object) -> Callable[[Any], object]:
    return lambda content: content.update(values)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (of_one_byte("n" * 256), "name of more than 255 bytes"),
        (of_one_byte("é" * 128), "name of more than 255 bytes"),
        (of_one_byte("/".join(["folder" * 20] * 5)), "path of more than"),
        (of_one_byte("a/" * (MOST_FOLDERS + 1) + "b"), "deeper than"),
        (of_one_byte("./a"), "shortest way"),
        (of_one_byte("a//b"), "shortest way"),
        (of_one_byte("a/"), "shortest way"),
        (of_one_byte("."), "shortest way"),
        (of_one_byte("a\nb"), "cannot be printed"),
        (of_one_byte("a\x1b[2Jb"), "cannot be printed"),
        (of_one_byte("a\x9bb"), "cannot be printed"),
        (of_one_byte("a\u202eb"), "cannot be printed"),
        (of_one_byte("a\ud800b"), "cannot be printed"),
        (of_one_byte("a\0b"), "cannot be printed"),
        (of_one_byte(""), "inside"),
        (of_one_byte("songs.sqlite/a"), "is a file and a folder"),
        (of_one_byte("a/b", "a/b/c/d"), "is a file and a folder"),
        (of_one_byte(MANIFEST), "keeps for its own"),
        (of_one_byte("manifest.json.sig"), "keeps for its own"),
        (of_one_byte("face_emotion/.landing.unfinished"), "keeps for its own"),
        (of_one_byte(*(f"file {number}" for number in range(MOST_FILES + 1))), "more than 1000"),
        (of_size(size=True), "size is True"),
        (of_size(-1), "size is -1"),
        (of_size(1.0), "size is 1.0"),
        (of_size("1"), "size is '1'"),
        (of_size(10**400), "size is 1000"),
        (of_size(MOST_RELEASE_BYTES + 1), "size is"),
        (of_size(MOST_RELEASE_BYTES, count=2), "more than"),
        (lambda content: content["files"]["empty"].update(sha256=3), "sha256 is 3"),
        (lambda content: content["files"]["empty"].update(sha256="e3"), "sha256 is 'e3'"),
        (lambda content: content["files"]["empty"].update(mode=0o4755), "mode"),
        (having(schema_version=True), "schema True"),
        (having(schema_version=["\x1b]0;PWNED\x07"]), r"schema \['\\x1b"),
        (having(created=5), "created is 5"),
        (having(created="yesterday"), "no time from 1970 to 2200"),
        (having(created="0001-01-01T00:00:00+14:00"), "no time from 1970 to 2200"),
        (having(created="9999-12-31T23:59:59-14:00"), "no time from 1970 to 2200"),
        (having(created=""), "no time"),
        (having(versions=[]), "versions is"),
        (having(versions={"mien": 1}), "the version of mien is 1"),
        (having(versions={"mien": None}), "the version of mien is None"),
        (having(versions={"mien": "1\x1b[2J"}), "can be printed"),
        (having(versions={"mi\nen": "1"}), "a part is"),
        (having(versions={"mien": "\ud800"}), "can be printed"),
        (having(versions={"mien": "1" * (LONGEST_WORD + 1)}), "at most 128"),
        (having(versions={str(number): "1" for number in range(MOST_WORDS + 1)}), "more than 1000"),
        (having(labels={"face": "anger"}), "labels face is 'anger', not a list"),
        (having(labels={"face": [1]}), "one of labels face is 1"),
        (having(labels={"face": ["\u2066anger"]}), "can be printed"),
        (having(labels={"face": ["anger"] * (MOST_WORDS + 1)}), "more than 1000"),
        (having(release_id=None), "release id is None"),
        (having(release_id="a" * 5000), "release id is"),
    ],
)
def test_what_is_beyond_the_limits_is_told_in_one_short_line(
    make_release: MakeRelease, change: Callable[[Any], object], told: str
) -> None:
    folder = make_release()
    change_manifest(folder, change)

    with pytest.raises(ReleaseError, match=told) as caught:
        read_manifest(folder)
    assert caught.value.what.isprintable()
    assert len(caught.value.what) < 700
    assert caught.value.exit_code == 65


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"schema_version": ' + b"9" * 5000 + b"}",
        b" " * (MOST_MANIFEST_BYTES + 1),
        '{"schema_version": 1}'.encode("utf-16"),
    ],
    ids=["deep lists", "deep objects", "a long number", "a long file", "UTF-16"],
)
def test_a_manifest_that_is_deep_or_huge_is_told(make_release: MakeRelease, content: bytes) -> None:
    folder = make_release()
    (folder / MANIFEST).write_bytes(content)

    with pytest.raises(ReleaseError, match=r"manifest\.json"):
        read_manifest(folder)


def test_limits_leave_room_for_what_people_have(make_release: MakeRelease) -> None:
    folder = make_release()
    names = (".hidden", "#1 Crush.md", "a\\b", "-rf", "n" * 255, "Éden – ünïcode.md", "a/b/c/d/e/f/g/h/i")
    change_manifest(folder, of_one_byte(*names, *(f"file {number}" for number in range(MOST_FILES - 20))))

    assert set(names) <= read_manifest(folder).files.keys()
