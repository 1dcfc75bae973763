"""Write the manifest of a release folder, and sign it, so that a box can verify and activate it.

Boxes ask for a signature only where [release] allowed_signers names the keys they trust.
"""

import argparse
from pathlib import Path

from device.commands._output import say
from device.files.sizes import size_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("folder", type=Path, help="holds face_emotion/, music_emotion/ and songs.sqlite")
    parser.add_argument("--id", required=True, dest="release_id", help="the release's name, 2026.11.1 say")
    parser.add_argument("--sign", type=Path, metavar="KEY", help="sign with this SSH key (default: no signature)")


def run(arguments: argparse.Namespace) -> int:
    """Check and try the parts, write manifest.json, and sign it if asked to."""
    from tools.releases.packing import pack_release, sign_release  # noqa: PLC0415 - loads the runtime

    manifest = pack_release(arguments.folder, arguments.release_id)
    size = sum(file.size for file in manifest.files.values())
    say(f"{manifest.release_id}: {len(manifest.files)} files, {size_text(size)}")
    if arguments.sign:
        sign_release(arguments.folder, arguments.sign)
        say(f"signed with {arguments.sign}")
    return 0
