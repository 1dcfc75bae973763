"""A new release stays if the daemon becomes ready on it; else the box goes back by itself, once."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from device.errors import MienError, PanelError, ReleaseError
from device.files.atomic_files import folder_lock
from device.releases.auto_rollback import AutoRollback, roll_back_if_due
from device.releases.journal import BOOT_RECORD, JOURNAL, Activation, read_boot_record, write_boot_record
from device.releases.listing import list_releases
from device.releases.store import ReleaseStore

Stored = Callable[..., Path]


@pytest.fixture
def store(tmp_path: Path, stored: Stored) -> ReleaseStore:
    """Release 1 was ready; release 2 is activated and was not started yet."""
    store = ReleaseStore(tmp_path / "releases", tmp_path / "state")
    stored("1")
    stored("2")
    store.activate("1", trial=lambda _: None)
    start(store)
    store.activate("2", trial=lambda _: None)
    return store


def auto_rollback(store: ReleaseStore) -> AutoRollback:
    return AutoRollback(store.folder / "current", store.state_folder)


def start(store: ReleaseStore) -> str:
    """Start and become ready; return the notice."""
    with auto_rollback(store) as begun:
        begun.confirm()
    return begun.notice


def crash(store: ReleaseStore, error: Exception | None = None) -> None:
    """Start and end before readiness."""
    with suppress(MienError), auto_rollback(store):
        if error:
            raise error


def current(store: ReleaseStore) -> str:
    assert store.current is not None
    return store.current.release_id


def states(store: ReleaseStore) -> dict[str, tuple[str, ...]]:
    return {listed.release_id: listed.states for listed in list_releases(store)}


REFUSAL = ReleaseError("songs.sqlite: torn", mend="push again")


def test_a_release_that_becomes_ready_stays(store: ReleaseStore) -> None:
    assert states(store) == {"1": ("previous",), "2": ("current", "unconfirmed")}
    assert start(store) == ""
    assert states(store) == {"1": ("previous",), "2": ("current",)}
    for _ in range(5):
        crash(store)
    crash(store, REFUSAL)
    assert start(store) == ""
    assert current(store) == "2"


def test_one_failed_start_may_be_a_pulled_plug(store: ReleaseStore) -> None:
    crash(store)
    assert roll_back_if_due(store.folder / "current", store.state_folder) is None
    assert start(store) == ""
    assert current(store) == "2"


def test_after_two_failed_starts_the_third_begins_on_the_previous_release(store: ReleaseStore) -> None:
    crash(store)
    crash(store)
    assert start(store) == "went back from release 2 to 1: it did not become ready in 2 starts"
    assert current(store) == "1"
    assert states(store) == {"1": ("current",), "2": ("given up",)}


def test_a_release_that_cannot_be_loaded_is_given_up_at_once(store: ReleaseStore) -> None:
    crash(store, REFUSAL)
    assert current(store) == "2"
    assert start(store) == "went back from release 2 to 1: it could not be loaded (songs.sqlite: torn)"
    assert current(store) == "1"


def test_a_fault_of_the_box_is_not_held_against_the_release(store: ReleaseStore) -> None:
    for _ in range(5):
        crash(store, PanelError("GPIO 17 is busy", mend="end the other program"))
    assert start(store) == ""
    assert current(store) == "2"


def test_the_box_does_not_go_to_and_fro(store: ReleaseStore) -> None:
    crash(store, REFUSAL)
    for _ in range(5):
        crash(store, REFUSAL)
    assert current(store) == "1"
    with pytest.raises(ReleaseError, match="no previous release"):
        store.roll_back(trial=lambda _: None)


def test_the_release_that_was_given_up_can_be_tried_again(store: ReleaseStore) -> None:
    crash(store, REFUSAL)
    start(store)
    store.activate("2", trial=lambda _: None)
    assert start(store) == ""
    assert states(store) == {"1": ("previous",), "2": ("current",)}


def test_a_first_release_has_no_way_back(tmp_path: Path, write_release: Stored) -> None:
    store = ReleaseStore(tmp_path / "new" / "releases", tmp_path / "new" / "state")
    write_release(store.folder / "1")
    store.activate("1", trial=lambda _: None)
    for _ in range(3):
        crash(store, REFUSAL)
    assert current(store) == "1"


def test_a_previous_release_that_is_damaged_is_not_gone_back_to(
    store: ReleaseStore, caplog: pytest.LogCaptureFixture
) -> None:
    (store.folder / "1" / "songs.sqlite").unlink()
    crash(store, REFUSAL)
    assert roll_back_if_due(store.folder / "current", store.state_folder) is None
    assert current(store) == "2"
    assert "no way back from release 2 to 1" in caplog.text


def test_settling_waits_for_nobody(store: ReleaseStore) -> None:
    crash(store, REFUSAL)
    with folder_lock(store.folder):
        assert roll_back_if_due(store.folder / "current", store.state_folder) is None
    returned = roll_back_if_due(store.folder / "current", store.state_folder)
    assert returned is not None
    assert returned.release_id == "1"
    assert roll_back_if_due(store.folder / "current", store.state_folder) is None


def test_a_release_elsewhere_is_on_no_probation(tmp_path: Path, write_release: Stored) -> None:
    folder = write_release(tmp_path / "models", release_id="1")
    with AutoRollback(folder, tmp_path / "state") as begun:
        begun.confirm()
    assert begun.notice == ""
    assert not (tmp_path / "state").exists()


def test_the_usual_start_writes_nothing(store: ReleaseStore) -> None:
    start(store)
    before = (store.state_folder / BOOT_RECORD).stat()
    start(store)
    after = (store.state_folder / BOOT_RECORD).stat()  # that it was read may change its time of access
    assert (after.st_ino, after.st_mtime_ns, after.st_ctime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
        before.st_ctime_ns,
    )


def test_a_releases_folder_that_cannot_be_written_does_not_stop_the_start(
    store: ReleaseStore, caplog: pytest.LogCaptureFixture
) -> None:
    crash(store, REFUSAL)
    (store.folder / f".{JOURNAL}.unfinished").mkdir()  # in the way, as a read-only disk is even for root
    assert start(store) == ""
    assert current(store) == "2"
    assert "no way back from release 2 to 1" in caplog.text


def test_a_state_folder_that_cannot_be_written_does_not_stop_the_start(
    store: ReleaseStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_bytes(b"")
    with AutoRollback(store.folder / "current", tmp_path / "file") as begun:
        begun.confirm()
    assert "cannot note how the release does" in caplog.text
    assert read_boot_record(tmp_path / "file").count == 0


def claim(store: ReleaseStore, **values: object) -> None:
    """Write into the state file as somebody could who has taken over the daemon."""
    record = replace(read_boot_record(store.state_folder), **values)  # type: ignore[arg-type]
    write_boot_record(store.state_folder, record)


def settle(store: ReleaseStore) -> Activation | None:
    return roll_back_if_due(store.folder / "current", store.state_folder, store.allowed_signers)


def test_what_root_has_seen_ready_the_daemon_cannot_call_unfit_later(store: ReleaseStore) -> None:
    start(store)
    assert settle(store) is None
    for claimed in ({"refused": "I say so"}, {"count": 9}, {"token": "", "release_id": ""}):
        claim(store, ready=False, **claimed)
        assert settle(store) is None
        assert current(store) == "2"
        assert states(store)["2"] == ("current",)
    (store.state_folder / BOOT_RECORD).unlink()
    assert settle(store) is None
    assert states(store)["2"] == ("current",)


def test_a_takeover_can_take_back_one_step_of_a_release_that_was_never_ready(store: ReleaseStore) -> None:
    crash(store)
    for _ in range(5):
        claim(store, token=store.current.token if store.current else "", ready=False, refused="I say so")
        settle(store)
        crash(store)
    assert current(store) == "1"


def test_the_way_back_is_told_by_what_root_has_seen(store: ReleaseStore, stored: Stored) -> None:
    start(store)
    settle(store)
    claim(store, ready=False, count=9)
    stored("3")
    store.activate("3", trial=lambda _: None)
    assert store.current is not None
    assert store.current.previous == "2"


def test_an_older_mien_understands_the_journal(store: ReleaseStore) -> None:
    start(store)
    settle(store)
    journal = json.loads((store.folder / JOURNAL).read_text())
    assert journal["newest"].keys() == {"release_id", "previous", "token", "at", "returned_from", "why"}
    assert journal["confirmed"] == [journal["newest"]["token"]]
    del journal["confirmed"]
    (store.folder / JOURNAL).write_text(json.dumps(journal))
    assert states(store) == {"1": ("previous",), "2": ("current",)}


def test_who_may_not_write_the_journal_starts_all_the_same(store: ReleaseStore) -> None:
    start(store)
    (store.folder / f".{JOURNAL}.unfinished").mkdir()  # in the way, as a missing right is for the daemon's user
    assert start(store) == ""
    assert current(store) == "2"


def test_why_a_release_was_given_up_is_told_in_one_line(store: ReleaseStore) -> None:
    crash(store, ReleaseError("songs\x1b[2J\nforged  row\u202e" + "long " * 1000, mend=""))
    notice = start(store)
    assert notice.isprintable()
    assert "songs[2J forged row" in notice or "songs forged row" in notice
    assert len(notice) < 1200
