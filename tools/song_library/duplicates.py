"""Notices files that hold the same recording, so that the table names it once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tools.song_library.skipped import Skipped


@dataclass(frozen=True, slots=True)
class Copies:
    """Files of one recording: the path ``kept`` in the table, and the ``others``, sorted."""

    kept: str
    others: tuple[str, ...]


def copies_among(hashes: Mapping[str, str]) -> tuple[Copies, ...]:
    """Find the recordings that several files hold, by the path that is kept.

    The path with the fewest folders is kept, of these the shortest (``song.mp3`` rather than ``song (1).mp3``), of
    these the first in the order of code points. The rule looks at nothing else, so that a library gives the same table
    on every machine.

    :param hashes: the content hash of each path.
    """
    same: defaultdict[str, list[str]] = defaultdict(list)
    for path, content_hash in hashes.items():
        same[content_hash].append(path)
    groups = (sorted(paths, key=_preference) for paths in same.values() if len(paths) > 1)
    found = (Copies(kept, tuple(sorted(others))) for kept, *others in groups)
    return tuple(sorted(found, key=lambda copies: copies.kept))


def left_out(copies: Sequence[Copies]) -> tuple[Skipped, ...]:
    """List the files that stay out of the table, each with the reason for a person."""
    return tuple(Skipped(path, f"the same sound as {group.kept}") for group in copies for path in group.others)


def duplicates_line(copies: Sequence[Copies]) -> str:
    """Sum up for a report: ``3 files hold the same sound as another one (2 songs)``; empty without copies."""
    files = sum(len(group.others) for group in copies)
    if not files:
        return ""
    songs = f"{len(copies)} song{'s' if len(copies) > 1 else ''}"
    return f"{files} file{'s hold' if files > 1 else ' holds'} the same sound as another one ({songs})"


def _preference(path: str) -> tuple[int, int, str]:
    return path.count("/"), len(path), path
