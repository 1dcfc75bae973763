"""What lies in a folder of releases."""

from pathlib import Path


def held_in(releases: Path) -> set[str]:
    """Name everything, but for the lock of the commands, which stays: removed, it would no longer keep two apart."""
    return {path.name for path in releases.iterdir()} - {".lock"}
