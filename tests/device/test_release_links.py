"""The links current and previous: nothing moves before the trial has succeeded, and the way back is kept."""

from collections.abc import Callable
from pathlib import Path

import pytest

from device.errors import ModelError, ReleaseError
from device.release import (
    MANIFEST,
    Manifest,
    activate,
    active_release,
    describe_file,
    list_releases,
    roll_back,
    write_manifest,
)

MakeRelease = Callable[[str], Path]


@pytest.fixture
def make_release(tmp_path: Path) -> MakeRelease:
    """Write a release of one file under ``releases/<id>``."""

    def build(release_id: str) -> Path:
        folder = tmp_path / "releases" / release_id
        folder.mkdir(parents=True)
        (folder / "songs.sqlite").write_bytes(b"songs")
        files = {"songs.sqlite": describe_file(folder / "songs.sqlite")}
        write_manifest(folder, Manifest(release_id, "2026-11-01T12:00:00+00:00", files, versions={}, labels={}))
        return folder

    return build


def links(releases: Path) -> dict[str, str]:
    return {entry.name: str(entry.readlink()) for entry in releases.iterdir() if entry.is_symlink()}


def works(folder: Path) -> None:
    """Try nothing."""
    assert folder.is_dir()


def breaks(folder: Path) -> None:
    """Be a trial that fails."""
    what = f"{folder}: the golden picture is read wrongly"
    raise ModelError(what, mend="push another release")


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
