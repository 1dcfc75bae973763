"""Releases that change while they are taken in, and documents of a release that went wrong: how each one ends.

    python tests/benchmarks/mutated_releases.py [--races 1000] [--manifests 3000] [--journals 3000] [--seed 1]

In a race another process puts a link to a private file in the place of the song table, and the table back, as fast as
it can. ``leaked`` and ``left behind`` must be 0, and so must ``escaped``: what is no sentence with its mend. The tests
of tests/device/releases try fewer of each, and every moment of a race in turn.
"""

import argparse
import json
import multiprocessing
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from device.errors import MienError
from device.releases.auto_rollback import AutoRollback, roll_back_if_due
from device.releases.journal import BOOT_RECORD, JOURNAL
from device.releases.listing import list_releases
from device.releases.manifest import MANIFEST
from device.releases.store import ReleaseStore
from tests.device.releases.folders import held_in
from tests.device.releases.mutations import flipped, strange
from tests.device.releases.races import leaks, private, write_release


def swap_for_ever(source: Path) -> None:
    """Put a link in the song table's place, and the table back."""
    table, bait, spare = source / "songs.sqlite", source / "bait", source / "spare"
    while True:
        bait.symlink_to(private(source) / "songs.sqlite")
        bait.replace(table)
        shutil.copy(spare, bait)
        bait.replace(table)


def races(folder: Path, count: int) -> Counter[str]:
    """Take a release in while another process changes it."""
    source, ends = write_release(folder / "stick" / "new"), Counter[str]()
    shutil.copy(source / "songs.sqlite", source / "spare")
    swapper = multiprocessing.Process(target=swap_for_ever, args=(source,), daemon=True)
    swapper.start()
    for _ in range(count):
        store = ReleaseStore(folder / "releases", folder / "state")
        try:
            store.stage(source)
            ends["taken in whole"] += 1
        except MienError:
            ends["refused"] += 1
            ends["left behind"] += bool(held_in(store.folder))
        ends["leaked"] += bool(leaks(store.folder))
        shutil.rmtree(store.folder)
    swapper.terminate()
    return ends


def mutated(path: Path, chance: random.Random) -> bytes:
    """Spoil a document's bytes, or its values."""
    sound = path.read_bytes()
    return flipped(sound, chance) if chance.random() < 0.5 else strange(json.loads(sound), chance)


def documents(path: Path, count: int, chance: random.Random, act: Callable[[], object]) -> Counter[str]:
    """Do something with a document that went wrong."""
    sound, ends = path.read_bytes(), Counter[str]()
    for _ in range(count):
        path.write_bytes(sound)
        path.write_bytes(mutated(path, chance))
        try:
            act()
            ends["taken"] += 1
        except MienError:
            ends["refused"] += 1
        except Exception as error:  # noqa: BLE001 - the very thing that is counted
            ends[f"escaped: {type(error).__name__}"] += 1
    return ends


def start(store: ReleaseStore) -> None:
    """Do what one start of the box does with its journals, and list the releases."""
    roll_back_if_due(store.folder / "current", store.state_folder)
    with AutoRollback(store.folder / "current", store.state_folder) as begun:
        begun.confirm()
    for listed in list_releases(store):
        listed.lines()


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--races", type=int, default=1000)
    parser.add_argument("--manifests", type=int, default=3000)
    parser.add_argument("--journals", type=int, default=3000, help="of each of the two files")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)  # noqa: S311 - any numbers will do
    with tempfile.TemporaryDirectory() as name:
        print("races:", dict(races(Path(name), arguments.races)))
    with tempfile.TemporaryDirectory() as name:
        store = ReleaseStore(Path(name) / "releases", Path(name) / "state")
        folder = write_release(store.folder / "1")
        store.activate("1", trial=lambda _: None)
        start(store)
        found = documents(
            folder / MANIFEST, arguments.manifests, chance, lambda: (list_releases(store), store.check(folder))
        )
        print("manifests:", dict(found))
        write_release(folder)
        for path in (store.folder / JOURNAL, store.state_folder / BOOT_RECORD):
            print(f"{path.name}:", dict(documents(path, arguments.journals, chance, lambda: start(store))))


if __name__ == "__main__":
    main()
