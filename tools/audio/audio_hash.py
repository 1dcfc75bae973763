"""Tells songs apart by what they sound like, whatever their tags and names say. PyAV (FFmpeg) is used here as well."""

import hashlib
from pathlib import Path

from av.error import FFmpegError

from tools.audio.decode import open_audio
from tools.digests import digest
from tools.errors import AudioError


def content_hash(path: Path) -> str:
    """Return a sha256, in hexadecimal, of a file's sound as it is stored: its packets, codec, rate and channels.

    Tags and pictures are not part of it. So an owner (or ``mien-tools write-tags``) may change these and no song has to
    be listened to again, and two copies of one recording that are tagged differently are still seen to be the same.
    It costs about 15 ms of CPU a song, against 2 ms for all bytes of the file, and nothing is decoded.

    A file that cannot be taken apart has no sound to tell it by; it is hashed whole.

    :raises OSError: if the file cannot be read.
    """
    heard = hashlib.sha256()
    packets = 0
    try:
        with open_audio(path) as container:
            for stream in container.streams.audio[:1]:
                context = stream.codec_context
                heard.update(f"{context.codec.canonical_name} {context.sample_rate} {context.channels}\n".encode())
                for packet in container.demux(stream):
                    heard.update(packet)
                    packets += packet.size > 0
    except (AudioError, FFmpegError, ValueError):
        pass  # what came before the damage tells the file well enough
    if packets:
        return heard.hexdigest()
    return digest(path)
