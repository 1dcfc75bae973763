"""Manifests, journals and state files that went wrong: one sentence, or nothing known, and nothing raw anywhere."""

import json
import os
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from device.errors import MienError, ReleaseError
from device.panel.panel import Light
from device.player.simulated_player import SimulatedPlayer
from device.releases.auto_rollback import AutoRollback, roll_back_if_due
from device.releases.journal import BOOT_RECORD, JOURNAL, BootRecord, read_boot_record, write_boot_record
from device.releases.listing import list_releases, release_notice
from device.releases.manifest import MANIFEST, Manifest
from device.releases.push_plan import plan
from device.releases.push_protocol import PushOffer
from device.releases.store import ReleaseStore
from device.session.machine.session import Session
from device.status.nagios import check
from device.status.prometheus import metrics_text
from device.status.status import Latencies, LiveState, LoadedParts, status_of
from device.status.text import status_lines
from tests.device.releases.folders import held_in
from tests.device.releases.mutations import STRANGE, flipped, strange

MANIFESTS = 1500
"""Of each kind of mutation; tests/benchmarks/mutated_releases.py tries as many as one likes."""
JOURNALS = 750
"""Of each kind, for each of the two files."""

Write = Callable[..., Path]
Mutate = Callable[[Path, random.Random], bytes]


def flip(path: Path, chance: random.Random) -> bytes:
    return flipped(path.read_bytes(), chance)


def estrange(path: Path, chance: random.Random) -> bytes:
    return strange(json.loads(path.read_text(encoding="utf-8")), chance)


both_kinds = pytest.mark.parametrize("mutate", [flip, estrange], ids=["bytes", "JSON"])


@pytest.fixture
def store(write_release: Write) -> Iterator[ReleaseStore]:
    """A store in memory where there is such a folder: release 1 was ready, 2 is activated and refused."""
    memory = Path("/dev/shm")  # noqa: S108 - the folder inside it is ours alone
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        store = ReleaseStore(Path(name) / "releases", Path(name) / "state")
        for release_id in ("1", "2"):
            write_release(store.folder / release_id)
            store.activate(release_id, trial=lambda _: None)
            start(store, ReleaseError("torn", mend="") if release_id == "2" else None)
        yield store


def start(store: ReleaseStore, error: Exception | None = None) -> None:
    with suppress(ReleaseError), AutoRollback(store.folder / "current", store.state_folder) as begun:
        if error:
            raise error
        begun.confirm()


def shown(store: ReleaseStore) -> list[str]:
    """Everything that is said of the releases, line by line."""
    listed = list_releases(store)
    documents = [json.dumps(release.document(), ensure_ascii=False) for release in listed]
    return [*(line for release in listed for line in release.lines()), *documents, release_notice(store)]


def said_of(manifest: Manifest) -> list[str]:
    """Everything that a daemon on this release says of it, line by line."""
    loaded = LoadedParts(manifest, np.array([True]), "simulated", 0.0)
    status = status_of(Session(), loaded, Latencies(), LiveState(Light.OFF, SimulatedPlayer()), now=1.0)
    status = json.loads(json.dumps(status))
    return [*status_lines(status), check(status)[0], *metrics_text(status).split("\n")]


def refused(act: Callable[[], object]) -> bool:
    """Whether it ends with a sentence, which then can be shown."""
    try:
        act()
    except MienError as error:
        sentence = error.what
    else:
        return False
    assert sentence.isprintable(), sentence
    assert len(sentence) < 1000, sentence
    return True


@both_kinds
def test_a_mutated_manifest_is_refused_in_words_or_can_be_shown(
    store: ReleaseStore, write_release: Write, mutate: Mutate
) -> None:
    chance = random.Random(14)  # noqa: S311 - any numbers will do
    source = write_release(store.folder.parent / "source" / "3")
    pristine, accepted = write_release(store.folder / "3") / MANIFEST, 0
    whole = pristine.read_bytes()
    for number in range(MANIFESTS):
        pristine.write_bytes(whole)
        mutated = mutate(pristine, chance)
        for folder in (source, store.folder / "3"):
            (folder / MANIFEST).write_bytes(mutated)
        if not refused(lambda: store.check(store.folder / "3")):
            accepted += 1
            assert all(line.isprintable() for line in said_of(store.check(store.folder / "3")))
        assert all(line.isprintable() for line in shown(store))
        if number % 5 == 0:
            refused(lambda: store.stage(source))
            offered = PushOffer(manifest=mutated.decode(errors="replace"))
            assert plan(offered, store, store.folder.parent / "music").text().isprintable()
        assert held_in(store.folder) >= {"1", "2", "3", "current", JOURNAL}
    assert 0 < accepted < MANIFESTS / 2
    store.collect(keep=9)


@both_kinds
@pytest.mark.parametrize("name", [BOOT_RECORD, JOURNAL])
def test_a_mutated_journal_says_nothing_or_what_can_be_shown(store: ReleaseStore, name: str, mutate: Mutate) -> None:
    chance = random.Random(9)  # noqa: S311
    path = (store.state_folder if name == BOOT_RECORD else store.folder) / name
    kept = {each: each.read_bytes() for each in (store.state_folder / BOOT_RECORD, store.folder / JOURNAL)}
    for _ in range(JOURNALS):
        for each, whole in kept.items():
            each.write_bytes(whole)
        (store.folder / "current").unlink()
        (store.folder / "current").symlink_to("2")
        path.write_bytes(mutate(path, chance))
        roll_back_if_due(store.folder / "current", store.state_folder)
        start(store)
        assert store.current is not None
        assert store.current.release_id in {"1", "2"}
        assert all(line.isprintable() for line in shown(store))


@pytest.mark.parametrize("field", BootRecord.__dataclass_fields__)
@pytest.mark.parametrize("value", STRANGE, ids=repr)
def test_a_state_file_with_a_field_of_another_kind_says_nothing_wrong(
    tmp_path: Path, field: str, value: object
) -> None:
    write_boot_record(tmp_path, BootRecord("token", "1", 1, ready=True, refused="why"))
    content = json.loads((tmp_path / BOOT_RECORD).read_text())
    (tmp_path / BOOT_RECORD).write_text(json.dumps(content | {field: value}))
    record = read_boot_record(tmp_path)
    assert record == BootRecord() or getattr(record, field) == value or field == "refused"
    assert record.refused.isprintable()
    assert len(record.refused) <= 1000
    assert (type(record.count), type(record.ready)) == (int, bool)


@pytest.mark.parametrize("name", [BOOT_RECORD, JOURNAL])
@pytest.mark.parametrize("kind", ["fifo", "link", "folder", "huge"])
def test_what_is_no_state_file_says_nothing_at_once(store: ReleaseStore, name: str, kind: str) -> None:
    path = (store.state_folder if name == BOOT_RECORD else store.folder) / name
    whole = path.read_bytes()
    path.unlink()
    match kind:
        case "fifo":
            os.mkfifo(path)
        case "link":
            (store.folder.parent / "elsewhere").write_bytes(whole)
            path.symlink_to(store.folder.parent / "elsewhere")
        case "folder":
            path.mkdir()
        case _:
            path.write_bytes(whole + b" " * 10_000_000)
    assert roll_back_if_due(store.folder / "current", store.state_folder) is None
    assert {listed.release_id for listed in list_releases(store)} == {"1", "2"}
    start(store)
    assert store.current is not None
    assert store.current.release_id == "2"


@pytest.mark.parametrize(
    "name", [b"\xff\xfe", b"\x1b[2J", b"a\nb", "\u202e".encode(), b"n" * 200, b"a b", b".\xff.partial", b".x.removed"]
)
def test_folders_of_any_name_beside_the_releases_do_no_harm(store: ReleaseStore, name: bytes) -> None:
    folder = os.path.join(os.fsencode(store.folder), name)  # noqa: PTH118 - a name of bytes
    os.mkdir(folder)  # noqa: PTH102
    Path(os.fsdecode(folder), MANIFEST).write_bytes((store.folder / "1" / MANIFEST).read_bytes())
    assert store.release_ids() == ["1", "2"]
    assert all(line.isprintable() for line in shown(store))
    assert all(line.isprintable() for line in store.collect(keep=0))
