"""Activating, going back and clearing away: nothing moves before the trial has succeeded, and the way back is kept."""

from collections.abc import Callable
from pathlib import Path

import pytest

from device.errors import ModelError, ReleaseError
from device.files.atomic_files import folder_lock
from device.releases.journal import JOURNAL, BootRecord, point_link, write_boot_record
from device.releases.manifest import MANIFEST
from device.releases.store import ReleaseStore
from tests.device.releases.folders import held_in

Stored = Callable[..., Path]


def works(folder: Path) -> None:
    """Try nothing."""
    assert folder.is_dir()


def breaks(folder: Path) -> None:
    """Be a trial that fails."""
    what = f"{folder}: the golden picture is read wrongly"
    raise ModelError(what, mend="push another release")


def ways(store: ReleaseStore) -> tuple[str | None, str | None]:
    now = store.current
    return (now.release_id, now.previous) if now else (None, None)


def become_ready(store: ReleaseStore) -> None:
    now = store.current
    assert now is not None
    write_boot_record(store.state_folder, BootRecord(now.token, now.release_id, count=1, ready=True))


def test_activating_moves_current_and_keeps_the_way_back(store: ReleaseStore, stored: Stored) -> None:
    stored("1")
    stored("2")
    assert ways(store) == (None, None)
    store.activate("1", trial=works)
    assert ways(store) == ("1", None)
    store.activate("2", trial=works)
    assert ways(store) == ("2", "1")
    assert (store.folder / "current" / "songs.sqlite").read_bytes() == b"songs of 2"


def test_activating_the_active_release_again_changes_nothing(store: ReleaseStore, stored: Stored) -> None:
    stored("1")
    stored("2")
    for release_id in ("1", "2"):
        store.activate(release_id, trial=works)
    before = store.current
    store.activate("2", trial=works)
    assert store.current == before


def test_the_way_back_skips_a_release_that_was_never_ready(store: ReleaseStore, stored: Stored) -> None:
    for release_id in ("1", "2", "3", "4"):
        stored(release_id)
    store.activate("1", trial=works)
    become_ready(store)
    store.activate("2", trial=works)
    store.activate("3", trial=works)
    assert ways(store) == ("3", "1")
    become_ready(store)
    store.activate("4", trial=works)
    assert ways(store) == ("4", "3")


def test_the_trial_runs_while_the_old_release_is_still_current(store: ReleaseStore, stored: Stored) -> None:
    stored("1")
    stored("2")
    store.activate("1", trial=works)
    seen: list[tuple[str, str | None]] = []
    store.activate("2", trial=lambda folder: seen.append((folder.name, ways(store)[0])))
    assert seen == [("2", "1")]


def test_a_failed_trial_changes_nothing(store: ReleaseStore, stored: Stored) -> None:
    stored("1")
    stored("2")
    store.activate("1", trial=works)
    with pytest.raises(ModelError):
        store.activate("2", trial=breaks)
    assert ways(store) == ("1", None)


def test_a_damaged_release_is_refused_before_its_trial(store: ReleaseStore, stored: Stored) -> None:
    stored("1")
    store.activate("1", trial=works)
    (stored("2") / "songs.sqlite").write_bytes(b"SONGS of 2")
    with pytest.raises(ReleaseError, match="content"):
        store.activate("2", trial=breaks)
    assert ways(store) == ("1", None)


@pytest.mark.parametrize("release_id", ["../elsewhere/1", "./1", "1/", "current", "renamed", "{releases}/1"])
def test_only_a_folder_named_like_its_release_is_activated(
    store: ReleaseStore, stored: Stored, release_id: str
) -> None:
    folder, releases = stored("1"), store.folder
    (releases.parent / "elsewhere").symlink_to(releases)
    (releases / "renamed").symlink_to(folder)
    (releases / "current").symlink_to("1")
    with pytest.raises(ReleaseError, match="its manifest calls it 1"):
        store.activate(release_id.format(releases=releases), trial=breaks)
    assert ways(store) == ("1", None)


def test_rolling_back_makes_the_two_change_places(store: ReleaseStore, stored: Stored) -> None:
    for release_id in ("1", "2"):
        stored(release_id)
        store.activate(release_id, trial=works)
    assert store.roll_back(trial=works).release_id == "1"
    assert ways(store) == ("1", "2")
    assert store.roll_back(trial=works).release_id == "2"
    assert ways(store) == ("2", "1")


def test_without_a_previous_release_there_is_no_way_back(store: ReleaseStore, stored: Stored) -> None:
    stored("1")
    store.activate("1", trial=works)
    with pytest.raises(ReleaseError, match="no previous release"):
        store.roll_back(trial=works)
    assert ways(store) == ("1", None)


def test_a_previous_release_that_was_damaged_is_not_gone_back_to(store: ReleaseStore, stored: Stored) -> None:
    for release_id in ("1", "2"):
        stored(release_id)
        store.activate(release_id, trial=works)
    (store.folder / "1" / "songs.sqlite").unlink()
    with pytest.raises(ReleaseError, match="lacks"):
        store.roll_back(trial=works)
    assert ways(store) == ("2", "1")


@pytest.mark.parametrize("journal", [None, b"", b"{", b"[]", b'{"newest": 3}', b'{"newest": {"release_id": "2"}}'])
def test_the_link_decides_even_without_a_sound_journal(
    store: ReleaseStore, stored: Stored, journal: bytes | None
) -> None:
    for release_id in ("1", "2"):
        stored(release_id)
        store.activate(release_id, trial=works)
    if journal is None:
        (store.folder / JOURNAL).unlink()
    else:
        (store.folder / JOURNAL).write_bytes(journal)
    assert ways(store) == ("2", None)
    store.activate("1", trial=works)
    assert ways(store) == ("1", "2")


def test_a_link_that_a_person_moved_counts(store: ReleaseStore, stored: Stored) -> None:
    for release_id in ("1", "2", "3"):
        stored(release_id)
    store.activate("1", trial=works)
    store.activate("2", trial=works)
    point_link(store.folder / "current", "3")
    assert ways(store) == ("3", None)


def test_what_the_disk_refuses_is_told(store: ReleaseStore, stored: Stored) -> None:
    stored("1")
    (store.folder / f".{JOURNAL}.unfinished").mkdir()  # in the way, as a read-only disk is even for root
    with pytest.raises(ReleaseError, match=r"activation\.json\.unfinished: Is a directory"):
        store.activate("1", trial=works)
    assert ways(store) == (None, None)


def test_two_commands_do_not_work_at_once(store: ReleaseStore, stored: Stored) -> None:
    stored("1")
    with folder_lock(store.folder) as alone:
        assert alone
        with pytest.raises(ReleaseError, match="another mien release is at work"):
            store.activate("1", trial=works)
    store.activate("1", trial=works)


def test_releases_are_listed_without_links_and_what_is_half_pushed(store: ReleaseStore, stored: Stored) -> None:
    stored("2")
    stored("10")
    (stored("3") / MANIFEST).unlink()
    stored("4").rename(store.folder / ".4.partial")
    store.activate("2", trial=works)
    assert store.release_ids() == ["10", "2"]


def test_collecting_keeps_what_serves_and_the_newest_others(store: ReleaseStore, stored: Stored) -> None:
    for day, release_id in enumerate("abcdef", start=1):
        stored(release_id, created=f"2026-11-{day:02}T12:00:00+00:00")
    store.activate("a", trial=works)
    become_ready(store)
    store.activate("b", trial=works)
    (store.folder / "f" / "songs.sqlite").unlink()
    (store.folder / ".g.partial").mkdir()
    (store.folder / ".h.removed" / "face_emotion").mkdir(parents=True)
    (store.folder / ".current.unfinished").symlink_to("nowhere")
    (store.folder / "lost+found").mkdir()
    removed = store.collect(keep=1)
    assert sorted(removed) == [".current.unfinished", ".g.partial", ".h.removed", "c", "d", "f"]
    names = held_in(store.folder)
    assert names == {"a", "b", "e", "current", JOURNAL, "lost+found"}
    assert store.collect(keep=0) == ["e"]
    assert store.collect(keep=0) == []


def test_collecting_keeps_what_the_daemon_runs(store: ReleaseStore, stored: Stored) -> None:
    for release_id in ("1", "2", "3"):
        stored(release_id)
    store.activate("1", trial=works)
    write_boot_record(store.state_folder, BootRecord("of long ago", "3", count=1, ready=True))
    assert store.collect(keep=0) == ["2"]
