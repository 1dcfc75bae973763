"""A release and its manifest: any damage is found, and no id or path leads outside."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device.errors import ReleaseError
from device.releases.manifest import MANIFEST, FileEntry, Manifest, describe_file, read_manifest, verify, write_manifest

CONTENTS = {"face_emotion/model.tflite": bytes(range(200)), "songs.sqlite": b"songs", "empty": b""}

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


def manifest_of(folder: Path) -> Manifest:
    return Manifest(
        release_id=folder.name,
        created="2026-11-01T12:00:00+00:00",
        files={name: describe_file(folder / name) for name in CONTENTS},
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


def test_a_file_that_cannot_be_read_is_told(make_release: MakeRelease) -> None:
    folder = make_release()
    (folder / "songs.sqlite").unlink()
    (folder / "songs.sqlite").symlink_to("/proc/self/mem")  # reads as a bad sector does: an input/output error

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
        pytest.param(lambda content: content.update(files=[]), "items", id="files as a list"),
        pytest.param(lambda content: content["files"].update(a=1), "mapping", id="a file as a number"),
        pytest.param(lambda content: content["files"].update(a={}), "missing", id="a file without size"),
        pytest.param(lambda content: content.update(labels=3), "items", id="labels as a number"),
        pytest.param(lambda content: content.update(release_id=5), "expected string", id="an id as a number"),
        pytest.param(lambda content: content.update(release_id="../1"), "release id", id="an id that leads outside"),
        pytest.param(
            lambda content: content["files"].update({"../x": {"size": 1, "sha256": ""}}), "inside", id="a path outside"
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
        Manifest(release_id, created="", files={}, versions={}, labels={})
    except ValueError:
        return
    assert (Path("/releases") / release_id).parent == Path("/releases")


@pytest.mark.parametrize("path", ["/etc/passwd", "..", "../a", "a/../../b", "a/.."])
def test_a_file_outside_the_release_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="does not lie inside"):
        Manifest("1", created="", files={path: FileEntry(1, "")}, versions={}, labels={})
