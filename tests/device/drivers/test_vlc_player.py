"""libvlc playing to nobody, into a wav file, and to an ALSA card that is only a file."""

import subprocess
import sys
import threading
import time
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from device.drivers.vlc_player import VLCPlayer
from device.errors import PlayerError
from device.interfaces import PlaybackEnd

MakeTone = Callable[..., Path]
MakePlayer = Callable[..., VLCPlayer]


@dataclass
class Listener:
    """Notes what a player tells of one song."""

    started: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    ends: list[tuple[PlaybackEnd, str]] = field(default_factory=list)

    def on_end(self, end: PlaybackEnd, reason: str) -> None:
        self.ends.append((end, reason))
        self.ended.set()


def play(player: VLCPlayer, path: Path) -> Listener:
    listener = Listener()
    player.play(path, on_start=listener.started.set, on_end=listener.on_end)
    return listener


@pytest.fixture
def make_player() -> Iterator[MakePlayer]:
    made = []

    def make(output: str = "dummy", **settings: object) -> VLCPlayer:
        made.append(VLCPlayer(output=output, **settings))
        return made[-1]

    yield make
    for player in made:
        player.close()


@pytest.fixture
def fake_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An ALSA card named Fake that writes what it is given to ``heard.raw``; returns the kernel's list of cards."""
    configuration = tmp_path / "asound.conf"
    configuration.write_text(
        f"""pcm.plughw {{
            @args [ CARD ]
            @args.CARD {{ type string }}
            type file
            slave.pcm {{ type null }}
            file {tmp_path}/heard.raw
            format raw
        }}""",
        encoding="utf-8",
    )
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(configuration))
    cards = tmp_path / "cards"
    cards.write_text(" 0 [Fake           ]: Fake-Card - A file\n                      A file\n", encoding="utf-8")
    return cards


def test_a_song_starts_and_finishes_at_its_true_length(make_player: MakePlayer, make_tone: MakeTone) -> None:
    listener = play(make_player(), make_tone(0.9))
    assert listener.started.wait(1)
    began = time.monotonic()
    assert listener.ended.wait(3)
    assert listener.ends == [(PlaybackEnd.FINISHED, "")]
    assert 0.45 < time.monotonic() - began < 1.4  # libvlc itself says "ended" long before the last sound was heard


@pytest.mark.parametrize("kind", ["mp3", "ogg", "flac"])
def test_other_formats_play_too(make_player: MakePlayer, make_tone: MakeTone, tmp_path: Path, kind: str) -> None:
    soundfile = pytest.importorskip("soundfile")
    levels, rate = soundfile.read(make_tone(0.5))
    path = tmp_path / f"Ünïcode #1 100%.{kind}"
    soundfile.write(path, levels, rate)
    listener = play(make_player(), path)
    assert listener.ended.wait(3)
    assert listener.ends == [(PlaybackEnd.FINISHED, "")]
    assert listener.started.is_set()


@pytest.mark.parametrize("content", [b"", b"hello", bytes(range(256)) * 100])
def test_a_file_that_is_no_sound_fails_and_never_starts(
    make_player: MakePlayer, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "broken.mp3"
    path.write_bytes(content)
    listener = play(make_player(), path)
    assert listener.ended.wait(3)
    assert listener.ends == [(PlaybackEnd.BROKEN_FILE, "holds nothing that can be played")]
    assert not listener.started.is_set()


def test_a_song_that_breaks_off_early_fails(make_player: MakePlayer, tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    path = tmp_path / "cut.flac"
    soundfile.write(path, np.random.default_rng(1).uniform(-0.1, 0.1, 8 * 22_050), 22_050)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 10])  # the header goes on promising eight seconds
    listener = play(make_player(), path)
    assert listener.ended.wait(3)
    [(end, reason)] = listener.ends
    assert end is PlaybackEnd.BROKEN_FILE
    assert "broke off after" in reason
    assert "of 8 s" in reason


def test_very_short_sounds_are_not_taken_for_broken_ones(make_player: MakePlayer, make_tone: MakeTone) -> None:
    player, path = make_player(fade_seconds=0), make_tone(0.05)
    for _ in range(8):
        listener = play(player, path)
        assert listener.ended.wait(2)
        assert listener.ends == [(PlaybackEnd.FINISHED, "")]
        assert listener.started.is_set()


def test_a_missing_song_is_named(make_player: MakePlayer, tmp_path: Path) -> None:
    with pytest.raises(PlayerError, match=r"gone\.mp3: there is no such song"):
        play(make_player(), tmp_path / "gone.mp3")


def test_a_replaced_song_tells_nothing_more_and_the_new_one_plays(make_player: MakePlayer, make_tone: MakeTone) -> None:
    player = make_player(fade_seconds=0.1)
    first = play(player, make_tone(0.8, "first.wav"))
    assert first.started.wait(1)
    second = play(player, make_tone(0.6, "second.wav"))
    assert second.ended.wait(4)
    assert second.ends == [(PlaybackEnd.FINISHED, "")]
    assert first.ends == []


def test_stop_returns_at_once_and_the_song_tells_nothing_more(make_player: MakePlayer, make_tone: MakeTone) -> None:
    player = make_player(fade_seconds=0.2)
    listener = play(player, make_tone(0.8))
    assert listener.started.wait(1)
    began = time.monotonic()
    player.stop()
    player.stop()
    assert time.monotonic() - began < 0.1
    time.sleep(1.0)
    assert listener.ends == []


def test_close_while_a_song_plays_takes_less_than_a_second(make_player: MakePlayer, make_tone: MakeTone) -> None:
    player = make_player(fade_seconds=5)
    listener = play(player, make_tone(3))
    assert listener.started.wait(1)
    began = time.monotonic()
    player.close()
    assert time.monotonic() - began < 1.1
    assert listener.ends == []
    player.close()
    with pytest.raises(PlayerError, match="closed"):
        player.check()


def test_a_callback_that_fails_does_not_silence_the_player(
    make_player: MakePlayer, make_tone: MakeTone, caplog: pytest.LogCaptureFixture
) -> None:
    player, path = make_player(), make_tone(0.2)
    failed = threading.Event()

    def fail() -> None:
        failed.set()
        raise KeyError

    player.play(path, on_start=fail, on_end=lambda *_: None)
    assert failed.wait(2)
    assert play(player, path).ended.wait(3)
    assert "the player goes on after an error" in caplog.text


def test_the_recording_holds_the_song_and_chimes_leave_it_alone(
    make_player: MakePlayer, make_tone: MakeTone, tmp_path: Path
) -> None:
    recording = tmp_path / "heard.wav"
    player = make_player("file", recording=recording, fade_seconds=0)
    assert player.check() == f"recorded into {recording}"
    assert play(player, make_tone(0.5)).ended.wait(3)
    player.chime(make_tone(0.1, "chime.wav"))
    time.sleep(0.3)
    with wave.open(str(recording)) as file:
        seconds = file.getnframes() / file.getframerate()
        levels = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")[:: file.getnchannels()]
        spectrum = np.abs(np.fft.rfft(levels))
        peak = spectrum.argmax() * file.getframerate() / len(levels)
    assert seconds == pytest.approx(0.5, abs=0.05)
    assert peak == pytest.approx(440, abs=5)


def test_a_recording_without_its_folder_is_named(make_player: MakePlayer, tmp_path: Path) -> None:
    with pytest.raises(PlayerError, match="its folder is not there"):
        make_player("file", recording=tmp_path / "gone" / "heard.wav").check()


def test_an_output_into_a_file_needs_its_name() -> None:
    with pytest.raises(ValueError, match="recording"):
        VLCPlayer(output="file")


def test_chimes_that_cannot_be_played_are_logged(
    make_player: MakePlayer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    player = make_player()
    player.chime(tmp_path / "gone.wav")
    assert_soon(lambda: "no chime gone.wav" in caplog.text)
    player.close()
    player.chime(tmp_path / "late.wav")
    assert "no chime late.wav: the player was closed" in caplog.text


def test_a_chime_is_left_out_while_a_song_plays_and_follows_it_once_stopped(
    make_player: MakePlayer, make_tone: MakeTone, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    player, broken = make_player(fade_seconds=0.1), make_tone(0, "chime.wav")  # heard of only when it is played
    song = play(player, make_tone(0.8))
    assert song.started.wait(2)
    player.chime(broken)
    assert song.ended.wait(3)
    assert song.ends == [(PlaybackEnd.FINISHED, "")]
    assert "no chime chime.wav: a song plays" in caplog.text
    song = play(player, make_tone(3))
    assert song.started.wait(2)
    player.stop()
    player.chime(broken)
    # That it was tried is what counts: on a busy machine libvlc may take too long to say that the file is broken.
    assert_soon(lambda: any(r.levelname == "WARNING" and "no chime chime.wav" in r.message for r in caplog.records))


def test_fades_and_the_maximum_volume_reach_the_card(
    make_player: MakePlayer, make_tone: MakeTone, fake_card: Path, tmp_path: Path
) -> None:
    settings = {"start_volume_percent": 100, "maximum_volume_percent": 50, "fade_seconds": 0.5}
    player = make_player("alsa", card="Fake", cards_file=fake_card, **settings)
    assert player.check() == "ALSA card Fake (Fake-Card - A file)"
    assert play(player, make_tone(3)).started.wait(2)
    time.sleep(0.7)
    player.stop()
    time.sleep(0.9)
    levels = np.abs(np.fromfile(tmp_path / "heard.raw", dtype="<i2").astype(float))
    whole = levels[: len(levels) // 1000 * 1000].reshape(-1, 1000).max(axis=1)
    loudness = whole[whole > 0]  # this card takes sound faster than it is played, and libvlc fills in silence
    loudest = loudness.max()
    assert loudest == pytest.approx(12_000 * 0.5**3, rel=0.05)
    assert loudness[0] < 0.1 * loudest
    assert loudness[-1] < 0.3 * loudest
    middle = loudness[len(loudness) // 3 : len(loudness) // 2]
    assert np.median(middle) == pytest.approx(loudest, rel=0.05)


def test_an_absent_card_is_named_and_a_song_does_not_start(
    make_player: MakePlayer, make_tone: MakeTone, fake_card: Path
) -> None:
    player = make_player("alsa", card="USB", cards_file=fake_card)
    for attempt in (player.check, lambda: play(player, make_tone(0.2))):
        with pytest.raises(PlayerError, match=r"sound card USB: .*present: Fake"):
            attempt()


def test_a_card_that_vanishes_ends_the_song_with_its_cause(
    make_player: MakePlayer, make_tone: MakeTone, fake_card: Path
) -> None:
    listener = play(make_player("alsa", card="Fake", cards_file=fake_card), make_tone(5))
    assert listener.started.wait(2)
    fake_card.write_text("--- no soundcards ---\n", encoding="utf-8")
    assert listener.ended.wait(2)
    assert listener.ends == [(PlaybackEnd.NO_SOUND, "sound card Fake: there is no sound card")]


def test_a_card_that_takes_no_sound_fails_although_libvlc_sees_a_normal_end(
    make_player: MakePlayer, make_tone: MakeTone, fake_card: Path, tmp_path: Path
) -> None:
    (tmp_path / "asound.conf").write_text("pcm.plughw { @args [ CARD ] @args.CARD { type string } type none }")
    listener = play(make_player("alsa", card="Fake", cards_file=fake_card), make_tone(0.5))
    assert listener.ended.wait(3)
    assert listener.ends == [(PlaybackEnd.NO_SOUND, "the sound card took none of it: is it in use?")]
    assert not listener.started.is_set()


def test_without_libvlc_the_packages_are_named() -> None:
    program = "from device.drivers.vlc_player import VLCPlayer; VLCPlayer(output='dummy')"
    environment = {"PYTHON_VLC_LIB_PATH": "/nonexistent/libvlc.so", "PYTHONPATH": str(Path(__file__).parents[3])}
    finished = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=False)
    assert finished.returncode == 1
    assert b"PlayerError: libvlc cannot be loaded" in finished.stderr
    assert b"apt install --no-install-recommends libvlc5 vlc-plugin-base" in finished.stderr


def assert_soon(condition: Callable[[], bool], *, seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    assert condition()
