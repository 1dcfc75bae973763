"""Turns MIDI into sound with fluidsynth, once, and gathers the songs that have it: what was rendered stays in a cache.

    midi file → fluidsynth, stereo float from a pipe → mono, at most 60 s → <cache>/<hash>.ogg

Every piece is rendered with the same gain, so that loud pieces stay louder than soft ones, which arousal depends on.
"""

import hashlib
import io
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from rich.progress import track

from device.files.atomic_files import write_whole
from tools.console import CleanConsole
from tools.errors import DatasetError
from tools.music_emotion.datasets.entries import Facts, RatedSong, gather_songs
from tools.music_emotion.datasets.songs import AnnotatedSongs

SAMPLE_RATE = 22_050
"""Of rendered sound, in hertz."""

LONGEST_SECONDS = 60
"""Longer pieces are cut here. Most game tunes have come round to their beginning by then, the piano clips of EMOPIA are
shorter, and one damaged file that would play for hours costs no more than any other."""

GAIN = 1.0
"""fluidsynth's. With its usual .2 EMOPIA's piano would lie 25 dB below recorded music (its median RMS would be -43 dB);
with 1 a few pieces pass full scale, by half at most, and are scaled down as a whole."""

SOUNDFONTS = tuple(Path("/usr/share/sounds/sf2") / name for name in ("FluidR3_GM.sf2", "TimGM6mb.sf2"))
"""Where Debian's fluid-soundfont-gm and timgm6mb-soundfont lie; the first that is there is used."""

SILENCE = 1e-3
"""A piece that never gets louder than this is passed over: 60 dB below full scale."""

_PEAK = 0.99
_CHANNELS = 2
_MEND = "sudo apt-get install fluidsynth fluid-soundfont-gm"


@dataclass(frozen=True, slots=True)
class Rendered:
    """What became of MIDI files: the sound of each, and the reason for those that have none."""

    sounds: Mapping[Path, Path]
    failures: Mapping[Path, str]


def render_midi(midis: Iterable[Path], cache: Path, *, soundfont: Path | None = None) -> Rendered:
    """Render what is not in the cache yet, as many files at a time as there are processors.

    A sound is named after the content of the MIDI file, the soundfont's name and the settings above. It is moved there
    when it is complete: an interrupted run loses only the pieces that it was at.

    :param cache: a folder, made if need be.
    :param soundfont: instead of the first of :data:`SOUNDFONTS` that is there.
    :raises DatasetError: if something is to be rendered and fluidsynth or the soundfont is missing, or the cache cannot
        be written.
    """
    soundfont = soundfont or next((path for path in SOUNDFONTS if path.is_file()), SOUNDFONTS[0])
    sounds, failures = {}, {}
    for midi in midis:
        try:
            sounds[midi] = cache / _name(midi.read_bytes(), soundfont)
        except OSError as error:
            failures[midi] = f"cannot be read ({error.strerror})"
    absent = {sound: midi for midi, sound in sounds.items() if not sound.is_file()}
    if absent:
        silent = _render_all(absent, cache, soundfont)
        failures |= {midi: silent[sound] for midi, sound in sounds.items() if sound in silent}
    return Rendered({midi: sound for midi, sound in sounds.items() if midi not in failures}, failures)


def gather_rendered(  # noqa: PLR0913 - the parts of a set, and where its sound goes
    facts: Facts, entries: Sequence[RatedSong], *, folder: Path, cache: Path | None, soundfont: Path | None, sha256: str
) -> AnnotatedSongs:
    """Render the entries' files that the cache does not hold yet, and gather those that have sound.

    :param folder: holds ``<song>.mid`` for each entry.
    :param cache: see :func:`render_midi`; likewise ``soundfont``. None if the set is not to be heard: nothing is
        rendered, and all entries are gathered.
    :raises NoSoundError: if not one entry has sound.
    :raises DatasetError: if rendering is not possible.
    """
    if cache is None:
        return gather_songs(facts, entries, None, folder=folder, sha256=sha256)
    midis = {entry.song: folder / f"{entry.song}.mid" for entry in entries}
    rendered = render_midi(midis.values(), cache, soundfont=soundfont)
    sounds = {song: rendered.sounds[midi] for song, midi in midis.items() if midi in rendered.sounds}
    reasons = {song: rendered.failures[midi] for song, midi in midis.items() if midi in rendered.failures}
    return gather_songs(facts, entries, sounds, folder=folder, sha256=sha256, reasons=reasons)


def _name(content: bytes, soundfont: Path) -> str:
    settings = f"{soundfont.name} {SAMPLE_RATE} Hz {LONGEST_SECONDS} s gain {GAIN}\n"
    return hashlib.sha256(settings.encode() + content).hexdigest()[:32] + ".ogg"


def _render_all(wanted: Mapping[Path, Path], cache: Path, soundfont: Path) -> dict[Path, str]:
    """Make the sounds that are the keys from the MIDI files that are the values; return the failures by sound."""
    program = shutil.which("fluidsynth")
    if program is None:
        what = "fluidsynth, which turns MIDI into sound, is not installed"
        raise DatasetError(what, mend=_MEND)
    if not soundfont.is_file():
        what = f"{soundfont}: there is no such soundfont"
        raise DatasetError(what, mend=_MEND)
    command = [program, "-q", "-ni", "-f", os.devnull, "-r", str(SAMPLE_RATE), "-g", str(GAIN)]
    command += ["-o", "synth.dynamic-sample-loading=1", "-T", "raw", "-O", "float", "-F", "-", str(soundfont.resolve())]
    failures = {}
    console = CleanConsole(stderr=True)
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        try:
            cache.mkdir(parents=True, exist_ok=True)
            jobs = {threads.submit(_render_one, command, midi, sound): sound for sound, midi in wanted.items()}
            for job in track(as_completed(jobs), "rendering MIDI", total=len(jobs), console=console):
                reason = job.result()
                if reason:
                    failures[jobs[job]] = reason
        except OSError as error:
            what = f"{cache}: sound cannot be kept there ({error})"
            raise DatasetError(what, mend="name another folder as the cache, or make room") from error
        finally:
            threads.shutdown(cancel_futures=True)
    return failures


def _render_one(command: list[str], midi: Path, sound: Path) -> str:
    """Make one sound; return why it cannot be made, or nothing."""
    if not midi.read_bytes().startswith(b"MThd"):
        return "is no MIDI file"
    audio, status = _listen([*command, str(midi.resolve())])
    if status:
        return f"fluidsynth ends with status {status}"
    peak = float(np.abs(audio).max(initial=0.0))
    if peak < SILENCE:
        return "renders nothing but silence"
    write_whole(sound, _encode(audio * min(1.0, _PEAK / peak)), shared=True)
    return ""


def _listen(command: list[str]) -> tuple[NDArray[np.float32], int]:
    """Return the first minute as mono ``(n,)``, and the status that fluidsynth ended with, 0 if it was cut short."""
    most = LONGEST_SECONDS * SAMPLE_RATE * _CHANNELS * np.dtype(np.float32).itemsize
    with subprocess.Popen(  # noqa: S603 - the program's and the files' own paths, no shell
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        content = process.stdout.read(most) if process.stdout else b""
        cut = len(content) == most
        if cut:
            process.kill()
    stereo = np.frombuffer(content[: len(content) // 8 * 8], dtype=np.float32).reshape(-1, _CHANNELS)
    return stereo.mean(axis=1), 0 if cut else process.returncode


def _encode(audio: NDArray[np.float32]) -> bytes:
    """Pack as Vorbis, about 5 kB a second; second by second, as libsndfile's encoder can overflow on long blocks."""
    content = io.BytesIO()
    with soundfile.SoundFile(
        content, "w", samplerate=SAMPLE_RATE, channels=1, format="OGG", subtype="VORBIS"
    ) as encoder:
        for start in range(0, len(audio), SAMPLE_RATE):
            encoder.write(audio[start : start + SAMPLE_RATE])
    return content.getvalue()
