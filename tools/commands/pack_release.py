"""Write the manifest of a release folder, so that a box can verify and activate it."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("folder", type=Path, help="holds face_emotion/, music_emotion/ and songs.sqlite")
    parser.add_argument("--id", required=True, dest="release_id", help="the release's name, 2026.11.1 say")


def run(arguments: argparse.Namespace) -> int:
    """Check the parts and write manifest.json."""
    from tools.releases.packing import pack_release  # noqa: PLC0415 - loads numpy

    manifest = pack_release(arguments.folder, arguments.release_id)
    print(f"{manifest.release_id}: {len(manifest.files)} files, {sum(f.size for f in manifest.files.values())} bytes")
    return 0
