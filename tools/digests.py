"""The sha256 of files, by which cards and caches name what they were made of."""

import hashlib
from collections.abc import Mapping
from pathlib import Path


def digest(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal.

    :raises OSError: if it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def joint_digest(digests: Mapping[str, str]) -> str:
    """Return one sha256 for several files: of the lines ``<sha256>  <name>``, by name, as ``sha256sum`` writes them."""
    lines = (f"{digests[name]}  {name}\n" for name in sorted(digests))
    return hashlib.sha256("".join(lines).encode()).hexdigest()
