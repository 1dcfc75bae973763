"""One command at a time in the folder of releases, and in words what its disk refuses."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from device.errors import ReleaseError
from device.files.atomic_files import folder_lock


@contextmanager
def alone_in(releases: Path, *, comfort: str = "") -> Iterator[None]:
    """Keep other commands out of the folder, which is made if need be.

    :param comfort: what is said beside what the disk refuses.
    :raises ReleaseError: if another command is at work there, or for an OSError of the block.
    """
    try:
        releases.mkdir(parents=True, exist_ok=True)
        with folder_lock(releases) as alone:
            if not alone:
                what = f"{releases}: another mien release is at work here"
                raise ReleaseError(what, mend="wait until it has ended")
            yield
    except OSError as error:
        named = str(error.filename or "")
        place = named if named.startswith("/") else releases
        what = f"{place}: {error.strerror or error}{comfort}"
        raise ReleaseError(what, mend="use sudo, or see to the disk, and give the same command again") from error
