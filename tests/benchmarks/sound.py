"""How soon a song is heard: from play(), and from the press that asks for the next one.

    python tests/benchmarks/sound.py [--runs 10] [--music models/demo_library]

Side by side with python-vlc as one would first use it: a MediaPlayer with its default settings, set_media() and play().
Both play into a wav file and to an ALSA card that is only a file, and a song counts as heard when the first value that
is not silence stands there, looked for every millisecond. Such a card takes sound faster than a real one plays it; what
a real one adds is its opening, and the same for both. Also printed is how far the song before goes on being heard by
the sound that libvlc has given to the output ahead of time, which a fade has to wait for and a cut throws away.

Printed are medians, the largest value, and the CPU seconds of the process until the first sound.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_POLL_SECONDS = 0.001
_LIMIT_SECONDS = 5.0
_LISTENING_SECONDS = 1.0
_HEADER_BYTES = 44
_CARD_BYTES_PER_SECOND = 2 * 2 * 44_100

Play = Callable[[Path], None]


@dataclass
class Figures:
    """Seconds, wall and CPU, from a command to its first sound."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        """Show the median, the largest and the CPU seconds, in milliseconds."""
        wall, most, cpu = statistics.median(self.wall), max(self.wall), statistics.median(self.cpu)
        return f"{1000 * wall:8.1f} {1000 * most:8.1f} {1000 * cpu:8.1f}"


def write_card(folder: Path) -> Path:
    """Make an ALSA card named Fake that writes into ``heard.raw``; return the list of cards."""
    heard = folder / "heard.raw"
    card = (
        f"@args [ CARD ]\n@args.CARD {{ type string }}\ntype file\nslave.pcm {{ type null }}\nfile {heard}\nformat raw"
    )
    (folder / "asound.conf").write_text(f"pcm.plughw {{\n{card}\n}}\npcm.!default {{ type plug slave.pcm plughw }}\n")
    os.environ["ALSA_CONFIG_PATH"] = str(folder / "asound.conf")
    cards = folder / "cards"
    cards.write_text(" 0 [Fake           ]: Fake-Card - A file\n")
    return cards


@contextmanager
def our_player(output: str, folder: Path, cards: Path) -> Iterator[Play]:
    """Play as the daemon does."""
    from device.player.vlc_player import VLCPlayer
    from device.settings.sections import SoundSettings

    sound = SoundSettings()
    player = VLCPlayer(
        output=output,
        card="Fake",
        recording=folder / "heard.wav",
        start_volume_percent=sound.start_volume_percent,
        maximum_volume_percent=sound.maximum_volume_percent,
        fade_seconds=sound.fade_seconds,
        lead_in_seconds=sound.lead_in_seconds,
        cards_file=cards,
    )
    try:
        yield lambda path: player.play(path, on_start=lambda: None, on_end=lambda *_: None)
    finally:
        player.close()


@contextmanager
def plain_player(output: str, folder: Path, _: Path) -> Iterator[Play]:
    """Play as the documentation of python-vlc shows it."""
    import vlc

    where = ["--aout=alsa", "--alsa-audio-device=plughw:CARD=Fake"]
    if output == "file":
        where = ["--aout=afile", f"--audiofile-file={folder / 'heard.wav'}"]
    instance: Any = vlc.Instance(["--quiet", *where])
    player = instance.media_player_new()

    def play(path: Path) -> None:
        player.set_media(instance.media_new_path(str(path)))
        player.play()

    try:
        yield play
    finally:
        player.stop()
        player.release()
        instance.release()


def is_heard(recording: Path) -> bool:
    """Whether anything but silence stands in a recording."""
    try:
        return any(recording.read_bytes()[_HEADER_BYTES:])
    except OSError:
        return False


def time_song(play: Play, song: Path, recording: Path, figures: Figures) -> None:
    """Play a song into a recording of its own and wait until it is heard."""
    recording.unlink(missing_ok=True)
    began, cpu = time.perf_counter(), time.process_time()
    play(song)
    while not is_heard(recording):
        if time.perf_counter() - began > _LIMIT_SECONDS:
            sys.exit(f"{song.name} was not heard within {_LIMIT_SECONDS:.0f} s")
        time.sleep(_POLL_SECONDS)
    figures.wall.append(time.perf_counter() - began)
    figures.cpu.append(time.process_time() - cpu)


def measure(make: Any, output: str, songs: list[Path], folder: Path, cards: Path) -> tuple[Figures, Figures, float]:
    """Play pairs of songs; return the figures of the first ones, of the next ones, and the seconds given ahead."""
    first, following, ahead = Figures(), Figures(), []
    recording = folder / ("heard.wav" if output == "file" else "heard.raw")
    for one, other in zip(songs, songs[1:] + songs[:1], strict=True):
        with make(output, folder, cards) as play:
            time_song(play, one, recording, first)
            time.sleep(_LISTENING_SECONDS)
            if output == "file":
                written = (recording.stat().st_size - _HEADER_BYTES) / _CARD_BYTES_PER_SECOND
                ahead.append(written - _LISTENING_SECONDS)
            time_song(play, other, recording, following)
    return first, following, statistics.median(ahead) if ahead else float("nan")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--music", type=Path, default=Path(__file__).parents[2] / "models" / "demo_library")
    parser.add_argument("--runs", type=int, default=10)
    arguments = parser.parse_args()
    songs = sorted(arguments.music.glob("*.ogg"))[: arguments.runs]
    print(f"{'ms to the first sound':<38}{'median':>8} {'largest':>8} {'CPU':>8}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cards = write_card(folder)
        for output in ("file", "alsa"):
            for who, make in (("mien", our_player), ("python-vlc", plain_player)):
                first, following, ahead = measure(make, output, songs, folder, cards)
                print(f"{output + ', ' + who + ', first song':<38}{first}")
                print(f"{output + ', ' + who + ', next song':<38}{following}")
                if output == "file":
                    print(f"{'  given ahead of time, s':<38}{ahead:8.2f}")


if __name__ == "__main__":
    main()
