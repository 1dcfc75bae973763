"""Reads one of the small files under the state folder, which may have been edited, halved, or be somebody else's."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from device.errors import AccessError, LaterFileError, MienError
from device.files.untrusted import MOST_WHOLE, open_regular, parse_json, plain, read_at_most

Content = TypeVar("Content")


@dataclass(frozen=True, slots=True)
class Kind:
    """What there is to know of a file before it is read."""

    name: str
    """What it keeps, for a person."""
    schema: int
    """The latest one that is known here."""
    most_bytes: int
    """A longer file makes no sense."""
    mend: str
    """What to do about a file that cannot be read."""


def read_kept(path: Path, kind: Kind, take: Callable[[object], Content]) -> Content | None:
    """Return what is made of a file of JSON, None if there is no such file.

    :param take: makes sense of what the file says, and raises ValueError if it makes none.
    :raises AccessError: if this user may not read it.
    :raises LaterFileError: if it is of a later schema, whatever else it holds.
    :raises MienError: naming what is wrong with it.
    """
    try:
        with open_regular(path) as file:
            content = parse_json(read_at_most(file, kind.most_bytes))
        if (written := _schema_of(content)) > kind.schema:
            told = f"the file is of schema {written}, of a later mien; this one reads schema {kind.schema}"
            what = f"{path}: {kind.name}: {told}"
            mend = f"update mien, or do without what it holds: sudo rm {path} && sudo systemctl restart mien"
            raise LaterFileError(what, mend=mend)
        return take(content)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        if isinstance(error, PermissionError) and (refusal := AccessError.of(path)):
            raise refusal from error
        why = error.strerror if isinstance(error, OSError) else plain(str(error), most=200)
        what = f"{path}: {kind.name} cannot be read ({why})"
        raise MienError(what, mend=kind.mend) from error


def _schema_of(content: object) -> int:
    """Return the schema that a document names, 0 if it names none that could be."""
    schema = content.get("schema") if isinstance(content, dict) else None
    return schema if isinstance(schema, int) and schema <= MOST_WHOLE else 0
