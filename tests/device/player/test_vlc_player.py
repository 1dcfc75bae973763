"""libvlc playing to nobody, into a wav file, and to an ALSA card that is only a file."""

import os
import re
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from device.errors import PlayerError, SongFileError, SoundCardError
from device.player import audio_outputs, vlc_playback
from device.player.audio_outputs import AudioOutput, BlindOutput, FileOutput
from device.player.beginning import cut_stream
from device.player.levels import UNMEASURED, Loudness, Measured
from device.player.player import PlaybackEnd
from device.player.vlc_playback import AHEAD_SECONDS, Playback, Sound
from device.player.vlc_player import VLCPlayer
from tests.waiting import LASTING_SECONDS, PATIENCE_SECONDS, wait_until

MakeTone = Callable[..., Path]
MakePlayer = Callable[..., VLCPlayer]
LEFT_SECONDS = 3.0
"""Length of a song that is taken away before its end; a test has so long to do it, and then waits till that is past."""

SETTINGS: dict[str, Any] = {
    "card": "",
    "recording": None,
    "start_volume_percent": 60,
    "maximum_volume_percent": 80,
    "fade_seconds": 0.4,
    "lead_in_seconds": -1.0,
}


@dataclass
class Listener:
    """Notes what a player tells of one song."""

    started: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    ends: list[tuple[PlaybackEnd, str]] = field(default_factory=list)
    started_at: float = 0.0
    ended_at: float = 0.0

    def on_start(self) -> None:
        self.started_at = time.monotonic()
        self.started.set()

    def on_end(self, end: PlaybackEnd, reason: str) -> None:
        self.ended_at = time.monotonic()
        self.ends.append((end, reason))
        self.ended.set()


def play(player: VLCPlayer, path: Path, *, seconds: float | None = None, measured: Measured = UNMEASURED) -> Listener:
    listener = Listener()
    player.play(path, seconds=seconds, measured=measured, on_start=listener.on_start, on_end=listener.on_end)
    return listener


def write_noise(path: Path, *, seconds: float) -> Path:
    soundfile = pytest.importorskip("soundfile")
    soundfile.write(path, np.random.default_rng(1).uniform(-0.1, 0.1, round(seconds * 22_050)), 22_050)
    return path


def cut_off(path: Path, *, keep: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: round(keep * len(content))])


def strip_seek_table(path: Path) -> None:
    """Remove the first frame of an MP3, in which its writer keeps the number of frames and a seek table."""
    content = path.read_bytes()
    table = max(content.find(b"Xing"), content.find(b"Info"))
    assert 0 < table < 200
    following = content.index(content[:2], table)
    path.write_bytes(content[following:])


@pytest.fixture
def make_player() -> Iterator[MakePlayer]:
    made = []

    def make(output: str = "dummy", **settings: object) -> VLCPlayer:
        made.append(VLCPlayer(output=output, **(SETTINGS | settings)))
        return made[-1]

    yield make
    for player in made:
        player.close()


def test_a_song_starts_and_finishes_no_sooner_than_it_was_heard(make_player: MakePlayer, make_tone: MakeTone) -> None:
    listener = play(make_player(), make_tone(0.9))
    assert listener.ended.wait(PATIENCE_SECONDS)
    assert listener.started.is_set()
    assert listener.ends == [(PlaybackEnd.FINISHED, "")]
    assert listener.ended_at - listener.started_at > 0.45  # libvlc itself says "ended" long before


def test_the_silence_at_a_songs_end_is_not_waited_for(make_player: MakePlayer, tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    noise = np.random.default_rng(1).uniform(-0.1, 0.1, 22_050)
    soundfile.write(tmp_path / "song.flac", np.append(noise, np.zeros(60 * 22_050)), 22_050)
    recording = tmp_path / "heard.wav"
    player = make_player("file", recording=recording)
    listener = play(player, tmp_path / "song.flac", seconds=61.0, measured=Measured(audible_until=1.0))
    assert listener.ended.wait(PATIENCE_SECONDS)
    assert listener.ends == [(PlaybackEnd.FINISHED, "")]
    with wave.open(str(recording)) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")[:: file.getnchannels()]
        assert np.flatnonzero(sound).max() / file.getframerate() == pytest.approx(1.0, abs=0.05), "all of it is heard"
        assert len(sound) / file.getframerate() < 30


BEFORE_SECONDS, MUSIC_SECONDS = 2.0, 1.0


def write_late_song(path: Path, kind: str) -> NDArray[np.float64]:
    """Write noise between two silences of 2 s; return the noise."""
    soundfile, rate = pytest.importorskip("soundfile"), 44_100
    noise = np.random.default_rng(1).uniform(-0.3, 0.3, round(MUSIC_SECONDS * rate))
    silence = np.zeros(round(BEFORE_SECONDS * rate))
    song = np.concatenate([silence, noise, silence])
    if kind == "m4a":
        write_m4a(path, song, rate)
    else:
        soundfile.write(
            path, song, rate, **({"format": "MP3", "bitrate_mode": "VARIABLE"} if kind == "vbr.mp3" else {})
        )
    return noise


def write_m4a(path: Path, song: NDArray[np.float64], rate: int) -> None:
    av = pytest.importorskip("av")
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=rate, layout="mono")
        for begin in range(0, len(song), 1024):
            block = song[np.newaxis, begin : begin + 1024].astype(np.float32)
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
            frame.sample_rate = rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.mark.parametrize("kind", ["wav", "aiff", "flac", "mp3", "vbr.mp3", "ogg", "m4a", "tagged.mp3", "tagged.flac"])
def test_the_silence_at_a_songs_beginning_is_left_out_and_nothing_of_its_music(
    make_player: MakePlayer, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / f"song.{kind}"
    noise = write_late_song(path, kind)
    if kind.startswith("tagged"):
        path.write_bytes(b"ID3\x03\0\0\0\0\x07\x68" + bytes(1000) + path.read_bytes())
    # libvlc's start in MP4 is now and then .26 s early.
    latest = 0.4 if kind == "m4a" else 0.3
    plays, told = count(), list[str]()

    def is_heard_whole() -> bool:
        recording = tmp_path / f"{next(plays)}.wav"
        silence, begins, seconds = heard_of(make_player("file", recording=recording), path, recording, noise)
        told.append(f"{silence:.3f} s of silence, then {seconds:.3f} s of music, from {begins:+.3f} s on")
        return 0.02 < silence < latest and abs(begins) <= 0.02 and abs(seconds - MUSIC_SECONDS) <= 0.06

    # On a busy machine libvlc leaves out what it is late with; a wrong cut is wrong each time.
    wait_until(is_heard_whole, "a song that is heard whole", seen=lambda: told)


def heard_of(player: VLCPlayer, path: Path, recording: Path, noise: NDArray[np.float64]) -> tuple[float, float, float]:
    """Play a song; return the seconds of silence before it, where in the noise it begins, and how long it is heard."""
    measured = Measured(audible_from=BEFORE_SECONDS, audible_until=BEFORE_SECONDS + MUSIC_SECONDS)
    listener = play(player, path, seconds=5.0, measured=measured)
    assert listener.ended.wait(PATIENCE_SECONDS)
    assert listener.ends == [(PlaybackEnd.FINISHED, "")]
    wait_until(lambda: not cut_stream._in_use, "a file that libvlc lets go of")
    with wave.open(str(recording)) as file:
        rate, channels = file.getframerate(), file.getnchannels()
        heard = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")[::channels] / 2**15
    first, *_, last = np.flatnonzero(np.abs(heard) > 0.01)
    whole = np.append(noise, np.zeros(rate))
    likeness = np.fft.irfft(np.fft.rfft(heard[first : first + 8_000], len(whole)).conj() * np.fft.rfft(whole))
    begins = np.append(np.arange(len(whole) // 2), np.arange(-len(whole) // 2, 0))[likeness.argmax()]
    return first / rate, begins / rate, (last - first) / rate


def test_a_song_that_is_not_understood_is_played_from_its_beginning(
    make_player: MakePlayer, make_tone: MakeTone, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise IndexError

    monkeypatch.setattr(vlc_playback, "cut_of", fail)
    listener = play(make_player(), make_tone(0.9), seconds=0.9, measured=Measured(audible_from=0.6))
    assert listener.ended.wait(PATIENCE_SECONDS)
    assert listener.ends == [(PlaybackEnd.FINISHED, "")]
    assert listener.started.is_set()
    assert "not understood, and played from its beginning" in caplog.text


@pytest.mark.parametrize(("heard", "still"), [(0.0, 2 * AHEAD_SECONDS), (0.5, 0.4), (5.0, 0.0)])
def test_the_end_is_told_once_the_last_sound_was_heard_and_no_later(
    make_tone: MakeTone, heard: float, still: float
) -> None:
    """The clock is the test's: so much of a song of 0.9 s was ``heard`` when libvlc has read its file to the end."""
    vlc, output, listener = pytest.importorskip("vlc"), BlindOutput("dummy", "--aout=adummy"), Listener()
    playback = Playback(
        vlc, vlc.Instance(["--quiet", *output.arguments]), volume_percent=60, fade_seconds=0, lead_in_seconds=0
    )
    with closing(playback):
        path = make_tone(LASTING_SECONDS)  # its end is the test's too
        playback.start(Sound(path, listener.on_start, listener.on_end, output, seconds=0.9), now=10)
        wait_until(lambda: playback.step(10) or listener.started.is_set(), "the first sound")
        assert playback._run is not None
        playback._judge(playback._run, 10 + heard, decoded=True)
        if still:
            playback.step(10 + heard + still - 0.01)
            assert not listener.ended.is_set()
        playback.step(10 + heard + still + 0.01)
        assert listener.ends == [(PlaybackEnd.FINISHED, "")]


def write_aac(path: Path, container_format: str) -> Path:
    """Write a second of silence, without the head that MP4 has."""
    av = pytest.importorskip("av")
    with av.open(str(path), "w", format=container_format) as container:
        stream = container.add_stream("aac", rate=44_100, layout="mono")
        for _ in range(43):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), dtype=np.float32), format="fltp", layout="mono")
            frame.sample_rate = 44_100
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("container_format", ["adts", "latm"])
def test_a_bare_stream_of_aac_plays(make_player: MakePlayer, tmp_path: Path, container_format: str) -> None:
    listener = play(make_player(), write_aac(tmp_path / "song.aac", container_format))
    assert listener.ended.wait(PATIENCE_SECONDS)
    assert listener.ends == [(PlaybackEnd.FINISHED, "")]


@pytest.mark.parametrize("before", [bytes(100), bytes(7990), b"junk!" * 9, b"ID3\x03\0\0\0\0\0\x0a" + bytes(500)])
def test_an_mp3_with_rubbish_before_its_first_frame_plays(
    make_player: MakePlayer, tmp_path: Path, before: bytes
) -> None:
    path = write_noise(tmp_path / "song.mp3", seconds=0.9)
    path.write_bytes(before + path.read_bytes())
    listener = play(make_player(), path)
    assert listener.ended.wait(PATIENCE_SECONDS)
    assert listener.ends == [(PlaybackEnd.FINISHED, "")]


@pytest.mark.parametrize("kind", ["mp3", "ogg", "flac"])
def test_other_formats_play_too(make_player: MakePlayer, make_tone: MakeTone, tmp_path: Path, kind: str) -> None:
    soundfile = pytest.importorskip("soundfile")
    levels, rate = soundfile.read(make_tone(0.5))
    path = tmp_path / f"Ünïcode #1 100%.{kind}"
    soundfile.write(path, levels, rate)
    listener = play(make_player(), path)
    assert listener.ended.wait(PATIENCE_SECONDS)
    assert listener.ends == [(PlaybackEnd.FINISHED, "")]
    assert listener.started.is_set()


@pytest.mark.parametrize("content", [b"", b"hello", bytes(range(256)) * 100])
def test_a_file_that_is_no_sound_fails_and_never_starts(
    make_player: MakePlayer, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "broken.mp3"
    path.write_bytes(content)
    listener = play(make_player(), path)
    assert listener.ended.wait(PATIENCE_SECONDS)
    assert listener.ends == [(PlaybackEnd.BROKEN_FILE, "holds nothing that can be played")]
    assert not listener.started.is_set()


def test_a_song_that_breaks_off_before_the_time_in_its_own_head_fails(make_player: MakePlayer, tmp_path: Path) -> None:
    path = write_noise(tmp_path / "cut.flac", seconds=60)
    cut_off(path, keep=0.02)  # the header goes on promising a minute
    listener = play(make_player(), path)
    assert listener.ended.wait(PATIENCE_SECONDS)
    [(end, why)] = listener.ends
    assert end is PlaybackEnd.CUT_SHORT
    assert re.fullmatch(r"broke off after \d+ of 60 s", why)


@pytest.mark.parametrize("kind", ["mp3", "ogg", "wav"])
def test_a_song_that_breaks_off_before_its_measured_time_fails_whatever_its_head_says(
    make_player: MakePlayer, tmp_path: Path, kind: str
) -> None:
    path = write_noise(tmp_path / f"cut.{kind}", seconds=60)
    if kind == "mp3":
        strip_seek_table(path)  # now libvlc takes the length from the size of the file
    cut_off(path, keep=0.05)  # an Ogg file has a page for each second or so, and needs one of them whole
    listener = play(make_player(), path, seconds=60.0)
    assert listener.ended.wait(PATIENCE_SECONDS)
    [(end, why)] = listener.ends
    assert end is PlaybackEnd.CUT_SHORT
    assert "of 60 s" in why


@pytest.mark.parametrize("seconds", [None, 3.0])
def test_an_mp3_of_changing_bit_rate_without_a_seek_table_is_whole(
    make_player: MakePlayer, tmp_path: Path, seconds: float | None
) -> None:
    """Its first half is loud noise and the second silence, so that its length by the first bit rate is far off."""
    levels = np.zeros(3 * 44_100)
    levels[: 44_100 * 3 // 2] = np.random.default_rng(1).uniform(-0.5, 0.5, 44_100 * 3 // 2)
    path = tmp_path / "changing.mp3"
    soundfile = pytest.importorskip("soundfile")
    soundfile.write(path, levels, 44_100, bitrate_mode="VARIABLE", compression_level=0.2)
    strip_seek_table(path)
    listener = play(make_player(), path, seconds=seconds)
    assert listener.ended.wait(PATIENCE_SECONDS)
    assert listener.ends == [(PlaybackEnd.FINISHED, "")]


def test_very_short_sounds_are_not_taken_for_broken_ones(make_player: MakePlayer, make_tone: MakeTone) -> None:
    player, path = make_player(fade_seconds=0), make_tone(0.05)
    for _ in range(8):
        listener = play(player, path)
        assert listener.ended.wait(PATIENCE_SECONDS)
        assert listener.ends == [(PlaybackEnd.FINISHED, "")]
        assert listener.started.is_set()


def test_libvlc_lets_go_of_every_song_and_chime(make_player: MakePlayer, make_tone: MakeTone) -> None:
    """Told by libvlc itself, as it frees a medium: those that end, are stopped, replaced, broken, or never begin."""
    vlc, player, path = pytest.importorskip("vlc"), make_player(fade_seconds=0), make_tone(0.1)
    broken = path.with_name("broken.mp3")
    broken.write_bytes(b"\xff\xfb\x90\x64 and no more")
    made, freed = [], []
    instance = player._playback._instance
    make = instance.media_new_fd

    def noted(descriptor: int) -> Any:
        medium = make(descriptor)
        made.append(medium)
        medium.event_manager().event_attach(vlc.EventType.MediaFreed, lambda _: freed.append(1))
        return medium

    instance.media_new_fd = noted

    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    descriptors = open_files()
    for _ in range(5):
        assert play(player, path).ended.wait(PATIENCE_SECONDS)
        assert play(player, path).started.wait(PATIENCE_SECONDS)
        assert play(player, path).started.wait(PATIENCE_SECONDS)  # in place of the one before
        player.stop()
        player.chime(path)
        assert play(player, broken).ended.wait(PATIENCE_SECONDS)
    wait_until(lambda: player._playback.is_idle)
    assert len(made) >= 4 * 5
    wait_until(lambda: len(freed) == len(made), "as many media freed as made", seen=lambda: (len(made), len(freed)))
    wait_until(lambda: open_files() <= descriptors, "as few open files as before")


def test_a_missing_song_is_named(make_player: MakePlayer, tmp_path: Path) -> None:
    with pytest.raises(SongFileError, match=r"gone\.mp3: there is no such song"):
        play(make_player(), tmp_path / "gone.mp3")


def test_a_replaced_song_tells_nothing_more_and_the_new_one_plays(make_player: MakePlayer, make_tone: MakeTone) -> None:
    player = make_player(fade_seconds=0.1)
    first = play(player, make_tone(LEFT_SECONDS, "first.wav"))
    assert first.started.wait(PATIENCE_SECONDS)
    second = play(player, make_tone(LEFT_SECONDS + 0.6, "second.wav"))
    assert second.ended.wait(PATIENCE_SECONDS)
    assert second.ends == [(PlaybackEnd.FINISHED, "")]
    assert first.ends == []


def test_stop_returns_at_once_and_the_song_tells_nothing_more(make_player: MakePlayer, make_tone: MakeTone) -> None:
    player = make_player(fade_seconds=LASTING_SECONDS)
    listener = play(player, make_tone(LEFT_SECONDS))
    assert listener.started.wait(PATIENCE_SECONDS)
    player.stop()
    player.stop()
    assert not player._playback.is_idle, "the fade has only begun"
    time.sleep(LEFT_SECONDS + 0.3)
    assert listener.ends == []


def test_close_waits_neither_for_the_song_nor_for_its_fade(make_player: MakePlayer, make_tone: MakeTone) -> None:
    player = make_player(fade_seconds=LASTING_SECONDS)
    listener = play(player, make_tone(LASTING_SECONDS))
    assert listener.started.wait(PATIENCE_SECONDS)
    player.close()
    assert listener.ends == []
    player.close()
    with pytest.raises(PlayerError, match="closed"):
        player.check()


def test_close_does_not_wait_for_a_libvlc_that_hangs(
    make_player: MakePlayer, make_tone: MakeTone, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    player, hangs, goes_on = make_player(), threading.Event(), threading.Event()

    def hang(_now: float) -> None:
        hangs.set()
        goes_on.wait(PATIENCE_SECONDS)

    monkeypatch.setattr(player._playback, "step", hang)
    play(player, make_tone(LASTING_SECONDS))
    assert hangs.wait(PATIENCE_SECONDS)
    player.close()
    assert "libvlc does not let go of the sound card" in caplog.text
    goes_on.set()
    player._thread.join(PATIENCE_SECONDS)
    assert not player._thread.is_alive()


def test_a_callback_that_fails_does_not_silence_the_player(
    make_player: MakePlayer, make_tone: MakeTone, caplog: pytest.LogCaptureFixture
) -> None:
    player, path = make_player(), make_tone(0.2)
    failed = threading.Event()

    def fail() -> None:
        failed.set()
        raise KeyError

    player.play(path, on_start=fail, on_end=lambda *_: None)
    assert failed.wait(PATIENCE_SECONDS)
    assert play(player, path).ended.wait(PATIENCE_SECONDS)
    assert "the player goes on after an error" in caplog.text


def test_the_recording_holds_the_song_and_chimes_leave_it_alone(
    make_player: MakePlayer, make_tone: MakeTone, tmp_path: Path
) -> None:
    recording = tmp_path / "heard.wav"
    player = make_player("file", recording=recording, fade_seconds=0)
    assert player.check() == f"recorded into {recording}"
    assert play(player, make_tone(0.5)).ended.wait(PATIENCE_SECONDS)
    player.chime(make_tone(0.1, "chime.wav"))
    time.sleep(0.3)
    with wave.open(str(recording)) as file:
        seconds = file.getnframes() / file.getframerate()
        levels = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")[:: file.getnchannels()]
        spectrum = np.abs(np.fft.rfft(levels))
        peak = spectrum.argmax() * file.getframerate() / len(levels)
    assert seconds == pytest.approx(0.5, abs=0.05)
    assert peak == pytest.approx(440, abs=5)


def test_each_song_is_heard_at_its_own_level_from_its_first_value_on(
    make_player: MakePlayer, make_tone: MakeTone, tmp_path: Path
) -> None:
    """One player after the other song: no gain is left over, and none comes late. A wav file knows no volume."""
    recording, tone = tmp_path / "heard.wav", make_tone(0.6)
    player = make_player("file", recording=recording, fade_seconds=0, loudness_target=-18.0)
    as_it_is = 20 * np.log10(12_000 / 2**15)
    for loudness, gain in (
        (Loudness(-8.5, 0.0), -9.5),
        (None, 0.0),
        (Loudness(-24.0, -9.0), 6.0),
        (Loudness(-24.0, -6.0), 3.0),
        (Loudness(20.0, 0.0), -30.0),
    ):
        listener = play(player, tone, measured=Measured(loudness))
        assert listener.ended.wait(PATIENCE_SECONDS)
        with wave.open(str(recording)) as file:
            channels, rate = file.getnchannels(), file.getframerate()
            levels = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")[::channels] / 2**15
        whole = 10 * np.log10(2 * np.mean(levels**2)) - as_it_is
        beginning = 10 * np.log10(2 * np.mean(levels[: rate // 22] ** 2)) - as_it_is  # 20 periods
        assert (whole, beginning) == pytest.approx((gain, gain), abs=0.1)


def test_a_recording_without_its_folder_is_named(make_player: MakePlayer, tmp_path: Path) -> None:
    with pytest.raises(SoundCardError, match="its folder is not there"):
        make_player("file", recording=tmp_path / "gone" / "heard.wav").check()


def test_an_output_into_a_file_needs_its_name() -> None:
    with pytest.raises(ValueError, match="recording"):
        VLCPlayer(output="file", **SETTINGS)


def test_chimes_that_cannot_be_played_are_logged(
    make_player: MakePlayer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    player = make_player()
    player.chime(tmp_path / "gone.wav")
    wait_until(lambda: "no chime gone.wav" in caplog.text, "the word of the chime")
    player.close()
    player.chime(tmp_path / "late.wav")
    assert "no chime late.wav: the player was closed" in caplog.text


def test_a_chime_is_left_out_while_a_song_plays_and_follows_it_once_stopped(
    make_player: MakePlayer, make_tone: MakeTone, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    player, broken = make_player(fade_seconds=0.1), make_tone(0, "chime.wav")  # heard of only when it is played
    song = play(player, make_tone(LEFT_SECONDS))
    assert song.started.wait(PATIENCE_SECONDS)
    player.chime(broken)
    assert song.ended.wait(PATIENCE_SECONDS)
    assert song.ends == [(PlaybackEnd.FINISHED, "")]
    assert "no chime chime.wav: a song plays" in caplog.text
    song = play(player, make_tone(LASTING_SECONDS))
    assert song.started.wait(PATIENCE_SECONDS)
    player.stop()
    player.chime(broken)
    # That it was tried is what counts: on a busy machine libvlc may take too long to say that the file is broken.
    wait_until(
        lambda: any(r.levelname == "WARNING" and "no chime chime.wav" in r.message for r in caplog.records),
        "the word of the chime",
        seen=lambda: caplog.text,
    )


def loudness_at(card: Path) -> NDArray[np.float64]:
    """What the card was given since a song last opened it: the peak of every thousand values, silence left out.

    This card takes sound faster than it is played, and libvlc fills in silence.
    """
    raw = card.parent / "heard.raw"
    levels = np.abs(np.fromfile(raw, dtype="<i2").astype(float)) if raw.exists() else np.zeros(0)
    whole: NDArray[np.float64] = levels[: len(levels) // 1000 * 1000].reshape(-1, 1000).max(axis=1)
    return whole[whole > 0]


def test_fades_and_the_volume_reach_the_card(make_player: MakePlayer, make_tone: MakeTone, fake_card: Path) -> None:
    player = make_player("alsa", card="Fake", cards_file=fake_card, start_volume_percent=50, fade_seconds=2)
    assert player.check() == "ALSA card Fake (Fake-Card - A file)"
    full = 12_000 * 0.5**3
    play(player, make_tone(LASTING_SECONDS))

    def is_mostly_at_full_volume() -> bool:
        loudness = loudness_at(fake_card)
        return np.count_nonzero(loudness > 0.95 * full) > len(loudness) / 2

    wait_until(is_mostly_at_full_volume, "a song at full volume for most of the time")
    player.stop()
    wait_until(lambda: player._playback.is_idle, "the end of the fade")
    loudness = loudness_at(fake_card)
    loudest = loudness.max()
    assert loudest == pytest.approx(full, rel=0.05)
    assert 0 < loudness[0] < 0.1 * loudest  # soft, and not lost
    assert loudness[-1] < 0.3 * loudest
    assert np.count_nonzero(loudness > 0.95 * loudest) > len(loudness) / 5
    assert loudness.argmax() > np.flatnonzero(loudness > 0.5 * loudest)[0] > 0  # it rises little by little


def test_what_plays_takes_another_volume_at_once_and_chimes_keep_their_own(
    make_player: MakePlayer, make_tone: MakeTone, fake_card: Path
) -> None:
    player = make_player(
        "alsa", card="Fake", cards_file=fake_card, start_volume_percent=50, chime_volume_percent=70, fade_seconds=0
    )

    def is_heard_at(percent: int) -> bool:
        loudness = loudness_at(fake_card)
        return len(loudness) > 0 and abs(loudness[-1] / (12_000 * (percent / 100) ** 3) - 1) < 0.05

    song = play(player, make_tone(LASTING_SECONDS))
    assert song.started.wait(PATIENCE_SECONDS)
    for percent in (80, 30):
        player.set_volume(percent)
        wait_until(lambda percent=percent: is_heard_at(percent), f"a song at {percent} %")  # type: ignore[misc]
    player.stop()
    player.chime(make_tone(LEFT_SECONDS, "chime.wav"))
    wait_until(lambda: is_heard_at(70), "a chime at 70 %")
    play(player, make_tone(LASTING_SECONDS))
    wait_until(lambda: is_heard_at(30), "the next song at 30 %")


@pytest.mark.parametrize(
    ("stopped", "lead_in", "then", "ends"),
    [
        (0.4, 0.0, None, 10.8),
        (60, 0.0, None, 70.4),
        (60, 0.0, "stop", 40.8),
        (60, 0.0, "chime", 40.8),
        (0.4, 1.5, None, 10),
        (60, 1.5, None, 71.9),
        (60, 1.5, "chime", 40),
    ],
)
def test_a_long_fade_is_heard_to_its_end_unless_somebody_comes(
    make_tone: MakeTone, stopped: float, lead_in: float, then: str | None, ends: float
) -> None:
    """The clock is the test's; the usual fade takes 0.4 s."""
    vlc, output, listener = pytest.importorskip("vlc"), BlindOutput("dummy", "--aout=adummy"), Listener()
    playback = Playback(
        vlc, vlc.Instance(["--quiet", *output.arguments]), volume_percent=60, fade_seconds=0.4, lead_in_seconds=0
    )
    with closing(playback):
        path = make_tone(LASTING_SECONDS)
        playback.start(Sound(path, listener.on_start, listener.on_end, output), now=0)
        wait_until(lambda: playback.step(10) or listener.started.is_set(), "the first sound")
        run = playback._run
        assert run is not None
        run.lead_in = lead_in
        playback.stop(10, fade_seconds=stopped)
        if ends > 10:
            playback.step(10 + stopped / 2)
            assert playback._level == pytest.approx(0.5)
        if then == "stop":
            playback.stop(40)
        elif then == "chime":
            playback.start(Sound(path, listener.on_start, listener.on_end, output, is_chime=True), now=40)
        assert run.silent_at == pytest.approx(ends)
        playback.step(ends)
        assert playback._run is not run


def test_a_song_that_replaces_another_does_not_wait_for_its_fade_and_is_at_full_volume_at_once(
    make_player: MakePlayer, make_tone: MakeTone, fake_card: Path
) -> None:
    player = make_player("alsa", card="Fake", cards_file=fake_card, start_volume_percent=50, fade_seconds=5)
    first = play(player, make_tone(LASTING_SECONDS, "first.wav"))
    assert first.started.wait(PATIENCE_SECONDS)
    second = play(player, make_tone(LASTING_SECONDS, "second.wav"))
    assert second.started.wait(PATIENCE_SECONDS)
    wait_until(lambda: len(loudness_at(fake_card)), "the second song's first sound")
    assert loudness_at(fake_card)[0] == pytest.approx(12_000 * 0.5**3, rel=0.05)


def test_every_song_goes_to_the_named_card_at_the_volume_that_is_set(
    make_player: MakePlayer, make_tone: MakeTone, fake_card: Path
) -> None:
    player = make_player("alsa", card="Fake", cards_file=fake_card, start_volume_percent=50, fade_seconds=0)
    for number in range(3):
        listener = play(player, make_tone(0.4, f"{number}.wav"))
        assert listener.ended.wait(PATIENCE_SECONDS)
        assert listener.ends == [(PlaybackEnd.FINISHED, "")]
        assert loudness_at(fake_card).max() == pytest.approx(12_000 * 0.5**3, rel=0.05)
        (fake_card.parent / "heard.raw").unlink()


def test_a_start_volume_above_the_maximum_is_refused() -> None:
    with pytest.raises(ValueError, match="81 % is above the maximum of 80 %"):
        VLCPlayer(output="dummy", **(SETTINGS | {"start_volume_percent": 81}))


def test_an_absent_card_is_named_and_a_song_does_not_start(
    make_player: MakePlayer, make_tone: MakeTone, fake_card: Path
) -> None:
    player = make_player("alsa", card="USB", cards_file=fake_card)
    for attempt in (player.check, lambda: play(player, make_tone(0.2))):
        with pytest.raises(SoundCardError, match=r"sound card USB: .*present: Fake"):
            attempt()


def test_a_card_that_vanishes_ends_the_song_with_its_cause(
    make_player: MakePlayer, make_tone: MakeTone, fake_card: Path
) -> None:
    listener = play(make_player("alsa", card="Fake", cards_file=fake_card), make_tone(LASTING_SECONDS))
    assert listener.started.wait(PATIENCE_SECONDS)
    fake_card.write_text("--- no soundcards ---\n", encoding="utf-8")
    assert listener.ended.wait(PATIENCE_SECONDS)
    assert listener.ends == [(PlaybackEnd.CARD_LOST, "sound card Fake: there is no sound card")]


def test_a_chosen_card_that_gives_way_to_another_is_lost_too(
    make_player: MakePlayer, make_tone: MakeTone, fake_card: Path
) -> None:
    listener = play(make_player("alsa", cards_file=fake_card), make_tone(LASTING_SECONDS))
    assert listener.started.wait(PATIENCE_SECONDS)
    fake_card.write_text(" 1 [Other          ]: Other-Card - Another\n", encoding="utf-8")
    assert listener.ended.wait(PATIENCE_SECONDS)
    assert listener.ends == [(PlaybackEnd.CARD_LOST, "sound card Fake: it vanished (present: Other)")]


HDMI_STANDS_IN = """
pcm.kept {{ type file slave.pcm {{ type null }} file {raw} format raw }}
pcm.subframes_only {{ type iec958 slave {{ pcm kept format S32_LE }} }}
pcm.plughw {{ @args [ CARD ] @args.CARD {{ type string }} type plug slave.pcm subframes_only }}
pcm.plug {{ @args [ SLAVE ] @args.SLAVE {{ type string }} type plug slave.pcm $SLAVE }}
pcm.hdmi {{
    @args [ CARD AES0 AES1 AES2 AES3 ]
    @args.CARD {{ type string }} @args.AES0 {{ type integer }} @args.AES1 {{ type integer }}
    @args.AES2 {{ type integer }} @args.AES3 {{ type integer }}
    type iec958
    slave {{ format IEC958_SUBFRAME_LE pcm subframes_only }}
    status [ $AES0 $AES1 $AES2 $AES3 ]
    hdmi_mode true
}}
"""
"""A card that takes IEC 958 subframes and nothing else, as vc4-hdmi does, with what alsa-lib's own files make of it."""


def levels_of(card: Path, kind: str) -> NDArray[np.float64]:
    """Every value that a card was given since a sound last opened it, without its sign."""
    return np.abs(np.fromfile(card.parent / "heard.raw", dtype=kind).astype(float))


def lead_in_of(levels: NDArray[np.float64]) -> float:
    """Seconds of silence before the first sound, of two channels at 22 050 Hz, as libvlc plays a tone."""
    return float(np.flatnonzero(levels)[0]) / 44_100


@pytest.mark.parametrize(("lead_in_seconds", "expected"), [(1.2, 1.2), (0, 0), (-1, 0)])
def test_silence_comes_before_a_sound_and_nothing_of_the_sound_is_lost(
    make_player: MakePlayer, make_tone: MakeTone, fake_card: Path, lead_in_seconds: float, expected: float
) -> None:
    player = make_player("alsa", cards_file=fake_card, fade_seconds=0, lead_in_seconds=lead_in_seconds)
    listener = play(player, make_tone(0.9))
    assert listener.ended.wait(PATIENCE_SECONDS)
    assert listener.ends == [(PlaybackEnd.FINISHED, "")]
    levels = levels_of(fake_card, "<i2")
    assert expected / 2 <= lead_in_of(levels) < expected + 0.1  # on a busy machine libvlc begins late, and not later
    assert np.count_nonzero(levels) / 44_100 == pytest.approx(0.9, abs=0.03)  # the whole of it, from its first moment
    assert listener.ended_at - listener.started_at > 0.45
    assert listener.started.is_set()


def test_a_screen_is_given_time_to_wake_and_the_next_song_none(
    make_player: MakePlayer, make_tone: MakeTone, hdmi_card: Path
) -> None:
    player = make_player("alsa", cards_file=hdmi_card, fade_seconds=0)
    first = play(player, make_tone(LASTING_SECONDS, "first.wav"))
    assert first.started.wait(PATIENCE_SECONDS)
    waited = lead_in_of(levels_of(hdmi_card, "<i4"))
    assert audio_outputs.WAKING_SECONDS / 2 < waited < audio_outputs.WAKING_SECONDS + 0.2
    second = play(player, make_tone(LASTING_SECONDS, "second.wav"))
    assert second.started.wait(PATIENCE_SECONDS)
    wait_until(lambda: np.any(levels_of(hdmi_card, "<i4")), "the second song's first sound")
    assert lead_in_of(levels_of(hdmi_card, "<i4")) < audio_outputs.WAKING_SECONDS / 2


def test_the_default_output_plays_on_what_asound_conf_names(
    make_player: MakePlayer, make_tone: MakeTone, fake_card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for a Bluetooth speaker through bluez-alsa, which takes one format only and is no card."""
    monkeypatch.setenv("PULSE_SERVER", "unix:/nonexistent")  # libvlc would prefer a desktop's own sound
    heard = fake_card.parent / "heard.raw"
    (fake_card.parent / "asound.conf").write_text(
        f"""pcm.speaker {{ type file slave.pcm {{ type null }} file {heard} format raw }}
        pcm.!default {{ type plug slave {{ pcm speaker format S16_LE rate 48000 channels 2 }} }}"""
    )
    listener = play(make_player("default", fade_seconds=0), make_tone(1.0))
    assert listener.ended.wait(PATIENCE_SECONDS)
    assert listener.ends == [(PlaybackEnd.FINISHED, "")]
    assert heard.stat().st_size > 48_000 * 4 * 0.8


@pytest.mark.parametrize(
    ("output", "wanted", "seconds"),
    [
        (BlindOutput("libvlc's default output"), -1, audio_outputs.WAKING_SECONDS),
        (BlindOutput("libvlc's default output"), 0, 0),
        (BlindOutput("dummy", "--aout=adummy"), -1, 0),
        (FileOutput(Path("heard.wav")), 2, 0),
    ],
)
def test_where_nobody_knows_what_is_played_on_it_is_given_time_to_wake(
    output: AudioOutput, wanted: float, seconds: float
) -> None:
    assert output.lead_in(wanted) == seconds


@pytest.fixture
def hdmi_card(fake_card: Path) -> Path:
    raw = fake_card.parent / "heard.raw"
    (fake_card.parent / "asound.conf").write_text(HDMI_STANDS_IN.format(raw=raw))
    fake_card.write_text(" 0 [vc4hdmi0       ]: vc4-hdmi - vc4-hdmi-0\n                      vc4-hdmi-0\n")
    return fake_card


def test_hdmi_that_takes_subframes_only_is_heard(make_player: MakePlayer, make_tone: MakeTone, hdmi_card: Path) -> None:
    listener = play(make_player("alsa", cards_file=hdmi_card, start_volume_percent=80), make_tone(0.9))
    assert listener.ended.wait(PATIENCE_SECONDS)
    assert listener.ends == [(PlaybackEnd.FINISHED, "")]
    levels = levels_of(hdmi_card, "<i4") / 2**16
    assert levels.max() == pytest.approx(12_000 * 0.8**3, rel=0.05)


def test_a_card_that_comes_back_plays_again(make_player: MakePlayer, make_tone: MakeTone, fake_card: Path) -> None:
    player, path = make_player("alsa", card="Fake", cards_file=fake_card), make_tone(LASTING_SECONDS)
    listing = fake_card.read_text()
    listener = play(player, path)
    assert listener.started.wait(PATIENCE_SECONDS)
    fake_card.unlink()
    assert listener.ended.wait(PATIENCE_SECONDS)
    with pytest.raises(SoundCardError, match="there is no sound card"):
        play(player, path)
    fake_card.write_text(listing)
    assert play(player, path).started.wait(PATIENCE_SECONDS)


@pytest.mark.parametrize("seconds", [0.5, 20])
def test_a_card_that_takes_no_sound_fails_although_libvlc_sees_a_normal_end(
    make_player: MakePlayer, make_tone: MakeTone, fake_card: Path, seconds: float
) -> None:
    (fake_card.parent / "asound.conf").write_text("pcm.plughw { @args [ CARD ] @args.CARD { type string } type none }")
    listener = play(make_player("alsa", card="Fake", cards_file=fake_card), make_tone(seconds))
    assert listener.ended.wait(PATIENCE_SECONDS)
    [(end, why)] = listener.ends
    assert end is PlaybackEnd.NO_SOUND
    assert why.startswith("the sound card takes no sound: it is not there (ALSA says: ")
    assert not listener.started.is_set()


def test_the_program_that_holds_the_card_is_named(
    make_player: MakePlayer, make_tone: MakeTone, fake_card: Path
) -> None:
    (fake_card.parent / "asound.conf").write_text("pcm.plughw { @args [ CARD ] @args.CARD { type string } type none }")
    with subprocess.Popen(["sleep", str(LASTING_SECONDS)]) as rival:
        stream = fake_card.parent / "Fake" / "pcm0p" / "sub0"
        stream.mkdir(parents=True)
        (stream / "status").write_text(f"state: SETUP\nowner_pid   : {rival.pid}\n")
        listener = play(make_player("alsa", card="Fake", cards_file=fake_card), make_tone(0.5))
        ended = listener.ended.wait(PATIENCE_SECONDS)
        rival.kill()
    assert ended
    why = f"the sound card takes no sound: it is in use by sleep (process {rival.pid})"
    assert listener.ends == [(PlaybackEnd.NO_SOUND, why)]


def test_a_card_that_takes_no_format_is_told_by_the_look_and_by_the_song(
    make_player: MakePlayer, make_tone: MakeTone, fake_card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audio_outputs, "refuse_mute_card", lambda *_: None)  # there is no device file
    subframes_only = "type iec958 slave { pcm { type null } format S32_LE }"
    (fake_card.parent / "asound.conf").write_text(
        f"pcm.plughw {{ @args [ CARD ] @args.CARD {{ type string }} {subframes_only} }}"
    )
    player = make_player("alsa", cards_file=fake_card)
    with pytest.raises(SoundCardError, match="Fake: it takes none of the formats"):
        player.examine()
    listener = play(player, make_tone(0.5))
    assert listener.ended.wait(PATIENCE_SECONDS)
    [(end, why)] = listener.ends
    assert end is PlaybackEnd.NO_SOUND
    assert "takes none of the formats that sound comes in (ALSA says: Invalid argument)" in why


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_song_that_may_not_be_read_is_named(make_player: MakePlayer, make_tone: MakeTone) -> None:
    path = make_tone(0.1)
    path.chmod(0)
    with pytest.raises(SongFileError, match=r"tone\.wav: may not be read"):
        play(make_player(), path)


def test_without_libvlc_the_packages_are_named() -> None:
    program = f"from device.player.vlc_player import VLCPlayer; VLCPlayer(output='dummy', **{SETTINGS})"
    environment = {"PYTHON_VLC_LIB_PATH": "/nonexistent/libvlc.so", "PYTHONPATH": str(Path(__file__).parents[3])}
    finished = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=False)
    assert finished.returncode == 1
    assert b"PlayerError: libvlc cannot be loaded" in finished.stderr
    assert b"apt install --no-install-recommends libvlc5 vlc-plugin-base" in finished.stderr


def test_a_shorter_fade_overtakes_a_longer_one_and_not_the_other_way(make_tone: MakeTone) -> None:
    vlc, output, listener = pytest.importorskip("vlc"), BlindOutput("dummy", "--aout=adummy"), Listener()
    playback = Playback(
        vlc, vlc.Instance(["--quiet", *output.arguments]), volume_percent=60, fade_seconds=0.4, lead_in_seconds=0
    )
    with closing(playback):
        playback.start(Sound(make_tone(LASTING_SECONDS), listener.on_start, listener.on_end, output), now=10)
        wait_until(lambda: playback.step(10) or listener.started.is_set(), "the first sound")
        run = playback._run
        assert run is not None
        ends = []
        for now, fade in ((20.0, 3.0), (20.5, None), (20.6, 5.0), (20.7, 0.0)):
            playback.stop(now, fade_seconds=fade)
            ends.append(run.silent_at)
        assert ends == pytest.approx([23 + AHEAD_SECONDS, 20.9 + AHEAD_SECONDS, 20.9 + AHEAD_SECONDS, 20.7])
        playback.step(20.8)
        assert playback.is_idle
        assert listener.ends == []
