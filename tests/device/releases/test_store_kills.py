"""Killed at any point, the box has the old or the new release, whole; a pulled plug loses nothing that was promised."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from device.releases.store import ReleaseStore

DRIVER = Path(__file__).with_name("kill_everywhere.py")
ROOT = Path(__file__).parents[3]


@pytest.fixture
def quick_folder() -> Iterator[Path]:
    """A folder in memory where there is one: each of hundreds of attempts waits for the disk many times."""
    memory = Path("/dev/shm")  # noqa: S108 - the folder inside it is ours alone
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@pytest.mark.parametrize(
    ("scenario", "calls"),
    [
        ("activate", {"fsync", "symlink", "replace"}),
        ("activate from elsewhere", {"fsync", "symlink", "replace", "rename", "mkdir"}),
        ("activate the first", {"fsync", "symlink", "replace", "rename", "mkdir"}),
        ("mend and activate", {"fsync", "symlink", "replace"}),
        ("roll back", {"fsync", "symlink", "replace"}),
        ("go back by itself", {"fsync", "symlink", "replace"}),
        ("become ready", {"fsync", "replace"}),
        ("collect", {"fsync", "rename", "unlink", "rmdir"}),
    ],
)
def test_killed_before_any_call_the_box_is_sound_and_the_next_try_completes(
    scenario: str, calls: set[str], quick_folder: Path
) -> None:
    command = [sys.executable, str(DRIVER), scenario, str(quick_folder)]
    finished = subprocess.run(
        command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    killed_before = json.loads(finished.stdout.splitlines()[-1])
    assert len(killed_before) > 20
    assert calls <= set(killed_before)


BRING = """
import sys
from pathlib import Path
from device.releases.store import ReleaseStore
store = ReleaseStore(Path(sys.argv[1]), Path(sys.argv[2]))
store.activate(store.stage(Path(sys.argv[3])).release_id, trial=lambda folder: None)
"""

BENEATH = re.compile(r'\d+<([^>]*)>, "([^/"][^"]*)"')
TRACED = "openat,write,rename,renameat,renameat2,symlink,symlinkat,mkdir,mkdirat,unlink,unlinkat,fsync"


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is missing: apt strace")
def test_everything_is_on_the_disk_before_the_link_moves_and_the_link_before_the_end(
    store: ReleaseStore, write_release: Callable[..., Path], tmp_path: Path
) -> None:
    write_release(store.folder / "1")
    store.activate("1", trial=lambda _: None)
    source, trace = write_release(tmp_path / "stick", release_id="2"), tmp_path / "trace"
    script = [sys.executable, "-c", BRING, str(store.folder), str(store.state_folder), str(source)]
    command = ["strace", "-y", "-o", str(trace), "-e", f"trace={TRACED}", *script]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if "ptrace" in finished.stderr.lower():
        pytest.skip(f"strace may not trace here: {finished.stderr.splitlines()[0]}")
    assert finished.returncode == 0, finished.stderr
    [at_switch, at_end] = unsynced(trace.read_text(encoding="utf-8").splitlines(), store.folder)
    assert at_switch == {str(store.folder)}  # the new link itself, which has no name yet
    assert at_end == set()


def unsynced(lines: list[str], releases: Path) -> list[set[str]]:
    """Files and folders under ``releases`` changed and not yet synced: when ``current`` is renamed, and in the end."""
    dirty: set[str] = set()
    seen = []
    for line in lines:
        call = line.partition("(")[0]
        named = line if call == "write" else BENEATH.sub(r'"\1/\2"', line)  # a name beneath an open folder, as a path
        paths = re.findall(r'["<](/[^">]*)[">]', named)
        ours = [path for path in paths if Path(path).is_relative_to(releases) and path != str(releases / ".lock")]
        if not ours or " = -1 " in line:
            continue
        parents = {str(Path(path).parent) for path in ours}
        if call == "fsync":
            dirty -= set(ours)
        elif call == "write":
            dirty |= set(ours)
        elif call == "openat" and "O_CREAT" in line:
            dirty |= {ours[0], str(Path(ours[0]).parent)}
        elif call.startswith("rename"):
            assert ours[0] not in dirty, f"{ours[0]} gets its name before its content is on the disk"
            if ours[-1].endswith("/current"):
                seen.append(set(dirty))
            dirty |= parents
            dirty = {path.replace(ours[0], ours[-1], 1) if path.startswith(ours[0] + "/") else path for path in dirty}
        elif call.startswith(("symlink", "mkdir", "unlink")):
            dirty |= parents if not call.startswith("mkdir") else {*parents, *ours}
    return [*seen, dirty]
