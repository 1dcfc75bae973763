"""Kills one change of the releases, kill -9, before each of its calls that can touch the disk, in turn.

Every killed attempt is followed by a look at what the daemon would find, and by the same change again. Run by
test_store_kills.py as: python kill_everywhere.py SCENARIO FOLDER. Prints the calls before which it killed.
"""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from device.errors import ReleaseError
from device.releases.auto_rollback import AutoRollback, roll_back_if_due
from device.releases.manifest import Manifest, describe_file, verify, write_manifest
from device.releases.store import ReleaseStore

TOUCHING = {"open", "write", "flush", "fsync", "__exit__", "close", "replace", "rename", "symlink", "mkdir", "unlink"}
TOUCHING |= {"rmdir", "flock", "read", "truncate"}
FILES = {"face_emotion/model.tflite": "model of ", "songs.sqlite": "songs of "}

State = tuple[str | None, str | None]


def write_release(folder: Path, day: int) -> None:
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content + folder.name, encoding="utf-8")
    files = {name: describe_file(folder / name) for name in FILES}
    write_manifest(folder, Manifest(folder.name, f"2026-11-{day:02}", files, versions={}, labels={}))


def state_of(store: ReleaseStore) -> State:
    now = store.current
    return (now.release_id, now.previous) if now else (None, None)


def take(folder: Path) -> None:
    verify(folder)


def ready_on(store: ReleaseStore, release_id: str) -> None:
    store.activate(release_id, trial=take)
    with AutoRollback(store.folder / "current", store.state_folder) as auto_rollback:
        auto_rollback.confirm()


def prepare(store: ReleaseStore, current: str | None = "1") -> None:
    """Put 1 and 2 in the store, ready on 1, or on 1 and then 2; and 3 on a stick."""
    for day, release_id in enumerate(("1", "2"), start=1):
        write_release(store.folder / release_id, day)
        if current and release_id <= current:
            ready_on(store, release_id)
    write_release(store.folder.parent / "stick" / "3", 3)


def prepare_refused(store: ReleaseStore) -> None:
    prepare(store)
    store.activate("2", trial=take)
    with suppress(ReleaseError), AutoRollback(store.folder / "current", store.state_folder):
        raise ReleaseError("torn", mend="")  # noqa: EM101 - short words will do


def prepare_many(store: ReleaseStore) -> None:
    prepare(store, "2")
    for day in range(4, 7):
        write_release(store.folder / str(day), day)
    write_release(store.folder / "9", 9)
    (store.folder / "9").rename(store.folder / ".9.partial")


def prepare_damaged(store: ReleaseStore) -> None:
    prepare(store)
    write_release(store.folder / "3", 3)
    (store.folder / "3" / "songs.sqlite").write_text("torn", encoding="utf-8")


def bring(store: ReleaseStore) -> None:
    store.activate(store.stage(store.folder.parent / "stick" / "3").release_id, trial=take)


def confirm(store: ReleaseStore) -> None:
    with AutoRollback(store.folder / "current", store.state_folder) as auto_rollback:
        auto_rollback.confirm()


@dataclass(frozen=True)
class Scenario:
    """What is there, what is done, and what is there then; ``again`` is false if doing it twice undoes it."""

    prepare: Callable[[ReleaseStore], object]
    act: Callable[[ReleaseStore], object]
    after: State
    again: bool = True
    left: frozenset[str] | None = None
    """Names of the releases in the store in the end, if that is the point."""


SCENARIOS = {
    "activate": Scenario(prepare, lambda store: store.activate("2", trial=take), ("2", "1")),
    "activate from elsewhere": Scenario(prepare, bring, ("3", "1")),
    "activate the first": Scenario(lambda store: prepare(store, None), bring, ("3", None)),
    "mend and activate": Scenario(prepare_damaged, bring, ("3", "1")),
    "roll back": Scenario(
        lambda store: prepare(store, "2"), lambda store: store.roll_back(trial=take), ("1", "2"), again=False
    ),
    "go back by itself": Scenario(
        prepare_refused, lambda store: roll_back_if_due(store.folder / "current", store.state_folder), ("1", None)
    ),
    "become ready": Scenario(lambda store: (prepare(store), store.activate("2", trial=take)), confirm, ("2", "1")),
    "collect": Scenario(prepare_many, lambda store: store.collect(keep=1), ("2", "1"), left=frozenset({"1", "2", "6"})),
}


def killed_before(number: int, act: Callable[[], object]) -> tuple[bool, str]:
    """Do it in a process of its own that is killed before its call ``number``; say whether it was, and which call."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        left = number

        def count(_frame: FrameType, event: str, called: object) -> None:
            nonlocal left
            name = getattr(called, "__name__", "")
            if event != "c_call" or name not in TOUCHING:
                return
            left -= 1
            if left < 0:
                sys.setprofile(None)
                os.write(writing, name.encode())
                os.kill(os.getpid(), signal.SIGKILL)

        sys.setprofile(count)
        act()
        sys.setprofile(None)
        os._exit(0)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading) as told:
        name = told.read()
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        msg = f"the attempt ended by itself with {os.WEXITSTATUS(status)}"
        raise AssertionError(msg)
    return os.WIFSIGNALED(status), name


def look(store: ReleaseStore, before: State, after: State) -> State:
    """Check what a daemon finds: the old or the new release, whole, with its way back."""
    found = state_of(store)
    assert found in {before, after}, found
    for release_id in found:
        if release_id is not None:
            assert verify(store.folder / release_id).release_id == release_id
    if found[0] is not None:
        assert (store.folder / "current" / "songs.sqlite").read_text(encoding="utf-8") == f"songs of {found[0]}"
    for release_id in store.release_ids():
        if release_id not in {"3", *found}:  # 3 is damaged in one scenario
            verify(store.folder / release_id)
    return found


def run(scenario: Scenario, folder: Path) -> list[str]:
    pristine = ReleaseStore(folder / "pristine" / "releases", folder / "pristine" / "state")
    scenario.prepare(pristine)
    before, names = state_of(pristine), []
    for number in range(10_000):
        world = folder / "world"
        shutil.rmtree(world, ignore_errors=True)
        shutil.copytree(folder / "pristine", world, symlinks=True)
        store = ReleaseStore(world / "releases", world / "state")
        killed, name = killed_before(number, lambda store=store: scenario.act(store))  # type: ignore[misc]
        found = look(store, before, scenario.after)
        if scenario.again or found == before:
            scenario.act(store)
        assert look(store, scenario.after, scenario.after) == scenario.after
        hidden = [path.name for path in store.folder.iterdir() if path.name.startswith(".")]
        assert set(hidden) <= {".lock"}, hidden
        assert scenario.left is None or set(store.release_ids()) == scenario.left
        if not killed:
            return names
        names.append(name)
    raise AssertionError


if __name__ == "__main__":
    print(json.dumps(run(SCENARIOS[sys.argv[1]], Path(sys.argv[2]))))  # noqa: T201 - its answer
