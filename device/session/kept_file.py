"""Reads one of the small files under the state folder, which may have been edited, halved, or be somebody else's."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from device.errors import AccessError, MienError
from device.files.untrusted import open_regular, parse_json, plain, read_at_most

Content = TypeVar("Content")


def read_kept(
    path: Path, take: Callable[[object], Content], *, most_bytes: int, name: str, mend: str
) -> Content | None:
    """Return what is made of a file of JSON, None if there is no such file.

    :param take: makes sense of what the file says, and raises ValueError if it makes none.
    :param most_bytes: a longer file makes none.
    :param name: what the file keeps, for a person.
    :param mend: what to do about a file that cannot be read.
    :raises AccessError: if this user may not read it.
    :raises MienError: naming what is wrong with it.
    """
    try:
        with open_regular(path) as file:
            content = parse_json(read_at_most(file, most_bytes))
        return take(content)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        if isinstance(error, PermissionError) and (refusal := AccessError.of(path)):
            raise refusal from error
        why = error.strerror if isinstance(error, OSError) else plain(str(error), most=200)
        what = f"{path}: {name} cannot be read ({why})"
        raise MienError(what, mend=mend) from error
