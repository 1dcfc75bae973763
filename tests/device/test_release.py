"""A release: any damage is found, nothing moves before the trial has succeeded, and no id or path leads outside."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device.errors import ModelError, ReleaseError
from device.release import (
    MANIFEST,
    FileEntry,
    Manifest,
    activate,
    active_release,
    describe_file,
    list_releases,
    read_manifest,
    roll_back,
    verify,
    write_manifest,
)

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


def links(releases: Path) -> dict[str, str]:
    return {entry.name: str(entry.readlink()) for entry in releases.iterdir() if entry.is_symlink()}


def works(folder: Path) -> None:
    """Try nothing."""
    assert folder.is_dir()


def breaks(folder: Path) -> None:
    """Be a trial that fails."""
    what = f"{folder}: the golden picture is read wrongly"
    raise ModelError(what, mend="push another release")


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

    with pytest.raises(ReleaseError, match="not a sound manifest"):
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


def test_activating_moves_current_and_keeps_previous(make_release: MakeRelease) -> None:
    releases = make_release("1").parent
    make_release("2")
    assert active_release(releases) is None

    activate(releases, "1", trial=works)
    assert links(releases) == {"current": "1"}

    activate(releases, "2", trial=works)
    assert links(releases) == {"current": "2", "previous": "1"}
    assert active_release(releases) == "2"
    assert (releases / "current" / "songs.sqlite").read_bytes() == b"songs"


def test_activating_the_active_release_again_keeps_the_way_back(make_release: MakeRelease) -> None:
    releases = make_release("1").parent
    make_release("2")
    for release_id in ("1", "2", "2"):
        activate(releases, release_id, trial=works)

    assert links(releases) == {"current": "2", "previous": "1"}


def test_the_trial_sees_the_new_release_before_the_links_move(make_release: MakeRelease) -> None:
    releases = make_release("1").parent
    make_release("2")
    activate(releases, "1", trial=works)
    seen: list[tuple[str, str | None]] = []

    activate(releases, "2", trial=lambda folder: seen.append((folder.name, active_release(releases))))
    assert seen == [("2", "1")]


def test_a_failed_trial_moves_nothing(make_release: MakeRelease) -> None:
    releases = make_release("1").parent
    make_release("2")
    activate(releases, "1", trial=works)

    with pytest.raises(ModelError, match="golden"):
        activate(releases, "2", trial=breaks)
    assert links(releases) == {"current": "1"}


def test_a_damaged_release_is_not_even_tried(make_release: MakeRelease) -> None:
    releases = make_release("1").parent
    (make_release("2") / "songs.sqlite").write_bytes(b"sings")
    activate(releases, "1", trial=works)

    with pytest.raises(ReleaseError, match="content"):
        activate(releases, "2", trial=breaks)
    assert links(releases) == {"current": "1"}


@pytest.mark.parametrize("release_id", ["../elsewhere/1", "./1", "1/", "current", "renamed", "{releases}/1"])
def test_only_a_folder_named_like_its_release_is_activated(make_release: MakeRelease, release_id: str) -> None:
    folder = make_release("1")
    releases = folder.parent
    (releases.parent / "elsewhere").symlink_to(releases)
    (releases / "renamed").symlink_to(folder)
    (releases / "current").symlink_to("1")

    with pytest.raises(ReleaseError, match="its manifest calls it 1"):
        activate(releases, release_id.format(releases=releases), trial=breaks)
    assert links(releases) == {"renamed": str(folder), "current": "1"}


def test_rolling_back_makes_the_two_change_places(make_release: MakeRelease) -> None:
    releases = make_release("1").parent
    make_release("2")
    activate(releases, "1", trial=works)
    activate(releases, "2", trial=works)

    assert roll_back(releases, trial=works).release_id == "1"
    assert links(releases) == {"current": "1", "previous": "2"}

    assert roll_back(releases, trial=works).release_id == "2"
    assert links(releases) == {"current": "2", "previous": "1"}


def test_without_a_previous_release_there_is_no_way_back(make_release: MakeRelease) -> None:
    releases = make_release("1").parent
    activate(releases, "1", trial=works)

    with pytest.raises(ReleaseError, match="no previous release"):
        roll_back(releases, trial=works)
    assert links(releases) == {"current": "1"}


def test_rolling_back_to_a_damaged_release_changes_nothing(make_release: MakeRelease) -> None:
    folder = make_release("1")
    make_release("2")
    activate(folder.parent, "1", trial=works)
    activate(folder.parent, "2", trial=works)
    (folder / "songs.sqlite").unlink()

    with pytest.raises(ReleaseError, match="lacks"):
        roll_back(folder.parent, trial=works)
    assert links(folder.parent) == {"current": "2", "previous": "1"}


def test_a_link_that_an_interrupted_activation_left_is_no_obstacle(make_release: MakeRelease) -> None:
    releases = make_release("1").parent
    (releases / ".current.unfinished").symlink_to("nowhere")
    activate(releases, "1", trial=works)

    assert links(releases) == {"current": "1"}


def test_releases_are_listed_without_links_and_what_is_half_pushed(make_release: MakeRelease) -> None:
    releases = make_release("2").parent
    make_release("10")
    (make_release("3") / MANIFEST).unlink()
    make_release("4").rename(releases / ".4.incoming")
    activate(releases, "2", trial=works)

    assert list_releases(releases) == ["10", "2"]
