"""What ``mien release list`` says of each release on the box."""

from dataclasses import dataclass

from device.errors import ReleaseError
from device.files.sizes import size_text
from device.files.untrusted import plain
from device.releases.auto_rollback import failure_of, notice_of
from device.releases.journal import is_confirmed, read_boot_record
from device.releases.manifest import Manifest, made_at, verify
from device.releases.store import ReleaseStore


@dataclass(frozen=True, slots=True)
class Listed:
    """One release: its name, what it is to the box, and what it brings."""

    release_id: str
    states: tuple[str, ...]
    """Of current, unconfirmed (activated, and not ready yet), previous, staged, given up, and damaged."""
    manifest: Manifest | None
    """None if it is damaged."""
    trouble: str = ""
    """What is wrong with it."""

    def document(self) -> dict[str, object]:
        """Return it as ``mien release list --json`` shows it."""
        shown: dict[str, object] = {"id": self.release_id, "states": list(self.states), "trouble": self.trouble}
        if self.manifest:
            size = sum(entry.size for entry in self.manifest.files.values())
            shown |= {"created": self.manifest.created, "bytes": size, "versions": dict(self.manifest.versions)}
        return shown

    def lines(self) -> tuple[str, ...]:
        """Return it for a person, the current release with a star: what it is, when it was made, and what it holds."""
        head = f"{'*' if 'current' in self.states else ' '} {self.release_id:20}  {', '.join(self.states):20}"
        if self.manifest is None:
            return (head.rstrip(), f"    {self.trouble}")
        size = sum(entry.size for entry in self.manifest.files.values())
        versions = ", ".join(f"{part} {version}" for part, version in self.manifest.versions.items())
        more = (f"    {text}" for text in (versions, self.trouble) if text)
        return (f"{head}  {_local(self.manifest)}  {size_text(size)}", *more)


def _local(manifest: Manifest) -> str:
    """Say when it was made in the time of this machine, as the history does; in its own words if that is no time."""
    try:
        return f"{made_at(manifest):%Y-%m-%d %H:%M}"
    except ValueError:
        return manifest.created


def list_releases(store: ReleaseStore) -> list[Listed]:
    """Look at every release on the box, each of its files included."""
    return [_look_at(store, release_id) for release_id in store.release_ids()]


def release_notice(store: ReleaseStore) -> str:
    """Say that the box went back by itself, nothing if it did not."""
    return notice_of(store.current)


def _look_at(store: ReleaseStore, release_id: str) -> Listed:
    now, record = store.current, read_boot_record(store.state_folder)
    states, trouble = [], ""
    if now and release_id == now.release_id:
        states.append("current")
        if not is_confirmed(now, record):
            states.append("unconfirmed")
            trouble = failure_of(now, record)
    elif now and release_id == now.previous:
        states.append("previous")
    elif now and release_id == now.returned_from:
        states.append("given up")
        trouble = now.why
    else:
        states.append("staged")
    try:
        manifest = verify(store.folder / release_id)
    except ReleaseError as error:
        return Listed(release_id, (*states, "damaged"), None, plain(error.what))
    return Listed(release_id, tuple(states), manifest, trouble)
