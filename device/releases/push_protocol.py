"""What a workstation offers a box, and what the box answers: the two documents of ``mien release plan``.

workstation ── PushOffer: manifest, signature, songs ──────────────▶ box
            ◀── Plan: what is missing, what stands in the way ──

Nothing has moved by then, and the workstation needs to know no path of the box.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from device.atomic_files import stays_inside
from device.errors import ReleaseError

SCHEMA_VERSION = 1
"""Rises whenever a key of one of the two goes or changes its meaning."""


@dataclass(frozen=True, slots=True)
class SongFile:
    """A music file, told from an older one of its name by its size in bytes and its time in seconds since 1970."""

    size: int
    modified: int

    def __post_init__(self) -> None:
        """Refuse what cannot be compared."""
        if not (isinstance(self.size, int) and isinstance(self.modified, int) and self.size >= 0):
            msg = f"a song's size and time are {self.size!r} and {self.modified!r}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class PushOffer:
    """What a workstation would push."""

    manifest: str | None = None
    """The text of the release's ``manifest.json``; None if no release is offered."""
    signature: str | None = None
    """The text of its ``manifest.json.sig``."""
    songs: Mapping[str, SongFile] | None = None
    """Music files by their path below the music folder; without a release the box picks those that its table names."""
    list_surplus: bool = False
    """Whether to name the files of the music folder that the table does not."""
    allow_downgrade: bool = False

    def __post_init__(self) -> None:
        """Refuse a path that would lead out of the music folder."""
        for path in self.songs or {}:
            if not stays_inside(path):
                msg = f"song {path!r} does not lie inside the music folder"
                raise ValueError(msg)

    def text(self) -> str:
        """Return it for the box's standard input."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        if self.songs is not None:
            values["songs"] = {path: [song.size, song.modified] for path, song in self.songs.items()}
        return json.dumps({"schema": SCHEMA_VERSION, **values})


class Presence(StrEnum):
    """What a box has of a release."""

    CURRENT = "current"
    PRESENT = "present"
    DAMAGED = "damaged"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class ReleasePlan:
    """What taking in a release comes to."""

    release_id: str
    presence: Presence
    missing: tuple[str, ...] = ()
    """Files whose content no release on the box has; they travel."""
    send_bytes: int = 0
    landing: str = ""
    """The folder that is to be filled, then activated."""
    copy_from: tuple[str, ...] = ()
    """Folders of releases on the box that have files of this one."""


@dataclass(frozen=True, slots=True)
class SongPlan:
    """What taking in music comes to."""

    folder: str
    missing: tuple[str, ...] = ()
    """Songs that the box has not, or has in another version."""
    send_bytes: int = 0
    surplus: tuple[str, ...] = ()
    """Files in the music folder that the table does not name."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that stands in the way, and what a person can do about it."""

    what: str
    mend: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a box says to an offer."""

    software: str
    """The version of mien on the box."""
    current: str | None
    previous: str | None
    confirmed: bool
    """Whether the daemon became ready on the current release."""
    notice: str = ""
    """That the box went back to the current release by itself, and why."""
    release: ReleasePlan | None = None
    songs: SongPlan | None = None
    obstacles: tuple[Obstacle, ...] = ()
    """Nothing may move as long as there are any."""

    def text(self) -> str:
        """Return it as ``mien release plan`` prints it."""
        return json.dumps({"schema": SCHEMA_VERSION, **asdict(self)})


def read_offer(text: str) -> PushOffer:
    """Read an offer.

    :raises ReleaseError: if it is none, or one of another schema.
    """
    mend = "use the mien-tools of the version that runs on this box"
    try:
        content = _content(text)
        songs = content["songs"]
        files = None if songs is None else {path: SongFile(*song) for path, song in songs.items()}
        return PushOffer(**{**content, "songs": files})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"this is no offer that this mien understands ({error})"
        raise ReleaseError(what, mend=mend) from error


def read_plan(text: str) -> Plan:
    """Read a box's answer.

    :raises ReleaseError: if it is none, or one of another schema.
    """
    try:
        content = _content(text)
        release, songs = content["release"], content["songs"]
        if release is not None:
            release = ReleasePlan(**{**_with_tuples(release), "presence": Presence(release["presence"])})
        return Plan(
            **{
                **content,
                "release": release,
                "songs": None if songs is None else SongPlan(**_with_tuples(songs)),
                "obstacles": tuple(Obstacle(**obstacle) for obstacle in content["obstacles"]),
            }
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"this is no plan that this mien-tools understands ({error})"
        raise ReleaseError(what, mend="use the mien-tools of the version that runs on the box") from error


def _content(text: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(text)
    version = content.pop("schema")
    if version != SCHEMA_VERSION:
        msg = f"it has schema {version}, and {SCHEMA_VERSION} is understood here"
        raise ValueError(msg)
    return content


def _with_tuples(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
