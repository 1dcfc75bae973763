"""What a box says to an offer, before anything moves: what it lacks, and what stands in the way.

offer ─▶ readable? trusted? newer? ─▶ files and songs it lacks ─▶ room ─▶ plan

It only looks; every check is made again when the release is activated.
"""

import os
import shutil
import stat
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path

from device.emotion.labels import FACE_LABELS, SONG_LABELS
from device.errors import ReleaseError
from device.files.sizes import size_text
from device.recommendation.song_table import READABLE_SCHEMAS, read_song_table
from device.releases.auto_rollback import notice_of
from device.releases.journal import CURRENT, is_confirmed, read_boot_record
from device.releases.landing import lacking
from device.releases.manifest import MANIFEST, SIGNATURE, SONG_TABLE, FileEntry, Manifest, is_whole, read_manifest
from device.releases.push_protocol import Obstacle, Plan, Presence, PushOffer, ReleasePlan, SongFile, SongPlan
from device.releases.pushed_songs import is_same_file, surplus_of
from device.releases.signature import check_signature, refuse_downgrade
from device.releases.store import MARGIN_BYTES, ReleaseStore, refuse_another

PARTIAL_SONGS = ".mien-partial"
"""The folder in which a song waits that was sent by half."""

_UPDATE = "update mien on this box: pyinfra INVENTORY deploy/box.py, or deploy/install.sh on the box"


@dataclass(slots=True)
class _Survey:
    """One look at the box; obstacles gather in it."""

    store: ReleaseStore
    music: Path
    obstacles: list[Obstacle] = field(default_factory=list)
    needed: dict[Path, int] = field(default_factory=dict)
    """Bytes that would be written, by folder."""

    @contextmanager
    def noting(self, *hidden: Path) -> Iterator[None]:
        """Make an obstacle of a ReleaseError; the paths of ``hidden`` mean nothing to who reads of it."""
        try:
            yield
        except ReleaseError as error:
            what = error.what
            for folder in hidden:
                for path in (f"{folder}/", f"{folder}: "):
                    what = what.replace(path, "")
            self.obstacles.append(Obstacle(what, error.mend))


def plan(offer: PushOffer, store: ReleaseStore, music: Path) -> Plan:
    """Say what an offer comes to on this box.

    :param music: the music folder.
    """
    now = store.current
    survey = _Survey(store, music)
    answer = Plan(
        software=metadata.version("mien"),
        current=now.release_id if now else None,
        previous=now.previous if now else None,
        confirmed=now is not None and is_confirmed(now, read_boot_record(store.state_folder)),
        notice=notice_of(now),
    )
    if offer.manifest is not None:
        answer = replace(answer, release=_plan_release(offer, survey))
    if offer.songs is not None:
        answer = replace(answer, songs=_plan_songs(offer, survey))
    _look_for_room(survey)
    return replace(answer, obstacles=tuple(survey.obstacles))


def _plan_release(offer: PushOffer, survey: _Survey) -> ReleasePlan | None:
    """Compare a release with those on the box; None if this software cannot even read its manifest."""
    with tempfile.TemporaryDirectory(prefix="mien-offer-") as name, survey.noting(Path(name)):
        folder = Path(name)
        (folder / MANIFEST).write_bytes((offer.manifest or "").encode())
        if offer.signature is not None:
            (folder / SIGNATURE).write_bytes(offer.signature.encode())
        manifest = read_manifest(folder)
        store = survey.store
        found = _compare(manifest, store, survey)
        survey.obstacles += _unreadable(manifest)
        if store.allowed_signers is not None:
            with survey.noting(folder):
                check_signature(folder, store.allowed_signers)
            if found.presence is not Presence.CURRENT and not offer.allow_downgrade:
                with survey.noting():
                    refuse_downgrade(manifest, store.folder / CURRENT)
        with survey.noting(folder):
            refuse_another(store.folder / manifest.release_id, folder)
        return found
    return None


def _compare(manifest: Manifest, store: ReleaseStore, survey: _Survey) -> ReleasePlan:
    target = store.folder / manifest.release_id
    if store.has(manifest.release_id):
        now = store.current
        is_current = now is not None and now.release_id == manifest.release_id
        return ReleasePlan(manifest.release_id, Presence.CURRENT if is_current else Presence.PRESENT)
    landing = store.landing(manifest.release_id)
    wanted = lacking(landing, manifest)
    survey.needed[store.folder] = sum(entry.size for entry in wanted.values())
    sources, held = _copies(wanted, store)
    missing = {name: entry for name, entry in wanted.items() if name not in held}
    return ReleasePlan(
        manifest.release_id,
        Presence.DAMAGED if target.exists() else Presence.ABSENT,
        missing=tuple(missing),
        send_bytes=sum(entry.size for entry in missing.values()),
        landing=str(landing),
        copy_from=sources,
    )


def _copies(wanted: Mapping[str, FileEntry], store: ReleaseStore) -> tuple[tuple[str, ...], set[str]]:
    """Find releases on the box that have some of the files; return their folders, and the files' names."""
    sources, held = [], set[str]()
    for release_id in store.release_ids():
        folder = store.folder / release_id
        same = {name for name in wanted.keys() - held if is_whole(folder, name, wanted[name])}
        if same:
            sources.append(str(folder))
            held |= same
    return tuple(sources), held


def _unreadable(manifest: Manifest) -> Iterator[Obstacle]:
    """Say what of a release is beyond the software of this box."""
    schema = manifest.versions.get("song_table", "")
    if schema and schema not in map(str, READABLE_SCHEMAS):
        readable = f"{READABLE_SCHEMAS[0]} to {READABLE_SCHEMAS[-1]}"
        yield Obstacle(f"its song table has schema {schema}, and the mien of this box reads {readable}", _UPDATE)
    for kind, known in (("face", FACE_LABELS), ("song", SONG_LABELS)):
        strange = set(manifest.labels.get(kind, ())) - set(known)
        if strange:
            yield Obstacle(f"the mien of this box knows no {kind} label {', '.join(sorted(strange))}", _UPDATE)


def _plan_songs(offer: PushOffer, survey: _Survey) -> SongPlan:
    songs, music = dict(offer.songs or {}), survey.music
    named: Collection[str] = songs
    if offer.manifest is None:
        with survey.noting():
            named = set(read_song_table(survey.store.folder / CURRENT / SONG_TABLE).paths())
            songs = {path: song for path, song in songs.items() if path in named}
    missing = {path: song for path, song in songs.items() if not _is_there(music / path, song)}
    retimed = tuple(path for path, song in missing.items() if _has_size(music / path, song.size))
    size = sum(song.size for song in missing.values()) - sum(missing[path].size for path in retimed)
    survey.needed[music] = survey.needed.get(music, 0) + size
    surplus, kept = surplus_of(survey.store.folder, music, named) if offer.list_surplus else ((), None)
    return SongPlan(str(music), tuple(missing), size, surplus, kept, retimed)


def _is_there(path: Path, song: SongFile) -> bool:
    try:
        return is_same_file(path.stat(), song)
    except OSError:
        return False


def _has_size(path: Path, size: int) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == size


def _look_for_room(survey: _Survey) -> None:
    """Add up what each disk would have to take."""
    disks: dict[int, tuple[Path, int]] = {}
    for folder, needed in survey.needed.items():
        if not needed:
            continue
        place = next(parent for parent in (folder, *folder.parents) if parent.exists())
        if os.statvfs(place).f_flag & os.ST_RDONLY:
            mend = "make it writable for the push; deploy/README.md says how for a read-only root"
            survey.obstacles.append(Obstacle(f"{folder} lies on a read-only file system", mend))
            continue
        disk = place.stat().st_dev
        before = disks.get(disk, (place, 0))[1]
        disks[disk] = (place, before + needed)
    for place, added in disks.values():
        free, needed = shutil.disk_usage(place).free, added + MARGIN_BYTES
        if needed > free:
            more = size_text(needed - free)
            what = f"{place}: {size_text(needed)} are needed, a margin included, {more} more than free"
            survey.obstacles.append(
                Obstacle(what, "make room there: delete what nobody needs; mien release collect removes old releases")
            )
