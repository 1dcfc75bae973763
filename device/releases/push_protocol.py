"""What a workstation offers a box, and what the box answers: the two documents of ``mien release plan``.

workstation ── PushOffer: manifest, signature, songs ──────────────▶ box
            ◀── Plan: what is missing, what stands in the way ──

Nothing has moved by then, and the workstation needs to know no path of the box.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import BinaryIO

from device.errors import ReleaseError
from device.files.untrusted import MOST_WHOLE, Fields, parse_json, read_at_most, stays_inside

SCHEMA_VERSION = 1
"""Rises whenever a key of one of the two goes or changes its meaning; keys that the other side does not know are passed
over."""

MOST_OFFER_BYTES = 256 * 1024 * 1024
"""Of one offer: some two million songs."""


@dataclass(frozen=True, slots=True)
class SongFile:
    """A music file, told from an older one of its name by its size in bytes and its time in seconds since 1970."""

    size: int
    modified: int

    def __post_init__(self) -> None:
        """Refuse what cannot be compared."""
        if not (_is_whole(self.size, least=0) and _is_whole(self.modified, least=-MOST_WHOLE)):
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
    """Of those, without the ones that only their time tells from what the box has."""
    surplus: tuple[str, ...] = ()
    """Files in the music folder that a push brought and the table does not name."""
    kept: int | None = None
    """How many other files the table does not name: no push brought them. None where nobody asked, and from a mien that
    tells no difference: its ``surplus`` is all of them."""
    retimed: tuple[str, ...] = ()
    """Of ``missing``, those that the box has in the same size but of another time: their content may be the same, as
    after a copy of the library that lost its times."""


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
        values = asdict(self)
        if self.songs is not None and self.songs.kept is None:
            del values["songs"]["kept"]  # older mien-tools refuse a key that they do not know
        if self.songs is not None and not self.songs.retimed:
            del values["songs"]["retimed"]
        return json.dumps({"schema": SCHEMA_VERSION, **values})


def take_offer(file: BinaryIO) -> PushOffer:
    """Read an offer from standard input, say, and no more than an offer may have.

    :raises ReleaseError: as :func:`read_offer`, and if it is too long or cannot be read.
    """
    try:
        content = read_at_most(file, MOST_OFFER_BYTES)
    except OSError as error:
        what = f"the offer cannot be read ({error.strerror})"
        raise ReleaseError(what, mend="push fewer songs at once") from error
    return read_offer(content)


def read_offer(content: bytes | str) -> PushOffer:
    """Read an offer.

    :raises ReleaseError: if it is none, or one of another schema.
    """
    try:
        fields = _fields(content)
        songs = fields.items("songs")
        return PushOffer(
            manifest=fields.text("manifest", None),
            signature=fields.text("signature", None),
            songs=None if songs is None else {path: _song_file(path, value) for path, value in songs},
            list_surplus=fields.flag("list_surplus", default=False),
            allow_downgrade=fields.flag("allow_downgrade", default=False),
        )
    except ValueError as error:
        what = f"this is no offer that this mien understands ({error})"
        raise ReleaseError(what, mend="use the mien-tools of the version that runs on this box") from error


def read_plan(content: bytes | str) -> Plan:
    """Read a box's answer: every value is of its type, and nothing is said of whether it makes sense.

    :raises ReleaseError: if it is none, or one of another schema.
    """
    try:
        fields = _fields(content)
        fields.need("software", "confirmed")
        release, songs = fields.fields("release"), fields.fields("songs")
        return Plan(
            software=fields.text("software", ""),
            current=fields.text("current", None),
            previous=fields.text("previous", None),
            confirmed=fields.flag("confirmed", default=False),
            notice=fields.text("notice", ""),
            release=None if release is None else _release_plan(release),
            songs=None if songs is None else _song_plan(songs),
            obstacles=tuple(_obstacle(each) for each in fields.each_fields("obstacles")),
        )
    except ValueError as error:
        what = f"this is no plan that this mien-tools understands ({error})"
        raise ReleaseError(what, mend="use the mien-tools of the version that runs on the box") from error


def _fields(content: bytes | str) -> Fields:
    fields = Fields(parse_json(content))
    fields.need("schema")
    version = fields.whole("schema", 0)
    if version != SCHEMA_VERSION:
        msg = f"it has schema {version}, and {SCHEMA_VERSION} is understood here"
        raise ValueError(msg)
    return fields


def _song_file(path: str, value: object) -> SongFile:
    match value:
        case [int() as size, int() as modified]:
            return SongFile(size, modified)
    msg = f"song {path!r} comes without size and time"
    raise ValueError(msg)


def _release_plan(fields: Fields) -> ReleasePlan:
    fields.need("release_id", "presence")
    return ReleasePlan(
        release_id=fields.text("release_id", ""),
        presence=Presence(fields.text("presence", "")),
        missing=fields.texts("missing"),
        send_bytes=fields.whole("send_bytes", 0),
        landing=fields.text("landing", ""),
        copy_from=fields.texts("copy_from"),
    )


def _song_plan(fields: Fields) -> SongPlan:
    fields.need("folder")
    return SongPlan(
        folder=fields.text("folder", ""),
        missing=fields.texts("missing"),
        send_bytes=fields.whole("send_bytes", 0),
        surplus=fields.texts("surplus"),
        kept=fields.whole("kept", None),
        retimed=fields.texts("retimed"),
    )


def _obstacle(fields: Fields) -> Obstacle:
    return Obstacle(fields.text("what", "something is in the way"), fields.text("mend", "look at the box"))


def _is_whole(value: object, *, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= MOST_WHOLE
