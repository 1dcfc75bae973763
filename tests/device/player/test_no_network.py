"""libvlc never opens the network: a listener on the loopback hears nothing, whatever a file of music holds."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from device.errors import SongFileError
from device.player import vlc_playback
from device.player.player import PlaybackEnd
from device.player.song_file import SongKind
from device.player.vlc_player import VLCPlayer
from tests.device.player.playlists import disguised, playlists
from tests.waiting import PATIENCE_SECONDS, wait_until

pytest.importorskip("vlc")


@dataclass
class Listener:
    """Takes every connection, and notes it."""

    server: socket.socket
    heard: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.getsockname()[1]}"

    def listen(self) -> None:
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            self.heard.append(b"somebody")
            connection.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        listening = Listener(server)
        thread = threading.Thread(target=listening.listen, daemon=True)
        thread.start()
        yield listening
        server.shutdown(socket.SHUT_RDWR)
    thread.join(PATIENCE_SECONDS)


@pytest.fixture
def player() -> Iterator[VLCPlayer]:
    quiet = VLCPlayer(
        output="dummy",
        card="",
        recording=None,
        start_volume_percent=60,
        maximum_volume_percent=80,
        fade_seconds=0,
        lead_in_seconds=0,
    )
    yield quiet
    quiet.close()


def end_of(player: VLCPlayer, path: Path) -> PlaybackEnd:
    ends: list[PlaybackEnd] = []
    ended = threading.Event()

    def on_end(end: PlaybackEnd, _: str) -> None:
        ends.append(end)
        ended.set()

    player.play(path, on_start=lambda: None, on_end=on_end)
    assert ended.wait(PATIENCE_SECONDS)
    return ends[0]


def test_a_playlist_under_any_name_is_refused_in_words_and_nothing_is_fetched(
    listener: Listener, player: VLCPlayer, tmp_path: Path
) -> None:
    for name, content in playlists(listener.url).items():
        for ending in ("mp3", "ogg", "m3u8"):
            path = tmp_path / f"{name}.{ending}"
            path.write_bytes(content)
            with pytest.raises(SongFileError, match="is a playlist and not a song") as refused:
                player.play(path, on_start=lambda: None, on_end=lambda *_: None)
            assert str(path) in refused.value.what
            assert "take it out of the music folder" in refused.value.mend
    assert listener.heard == []


def test_a_chime_that_is_a_playlist_fetches_nothing(
    listener: Listener, player: VLCPlayer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    chime = tmp_path / "ready.wav"
    chime.write_bytes(playlists(listener.url)["hls"])
    player.chime(chime)
    wait_until(lambda: "no chime ready.wav: is a playlist" in caplog.text)
    assert listener.heard == []


@pytest.mark.timeout(600)
def test_a_manifest_that_is_disguised_as_music_is_followed_nowhere(
    listener: Listener, player: VLCPlayer, tmp_path: Path
) -> None:
    for name, content in disguised(listener.url).items():
        path = tmp_path / f"{name}.mp3"
        path.write_bytes(content)
        assert end_of(player, path) is PlaybackEnd.BROKEN_FILE, name
    assert listener.heard == []


@pytest.mark.parametrize("kind", SongKind)
def test_no_part_of_libvlc_that_reads_songs_follows_a_playlist(
    listener: Listener, player: VLCPlayer, tmp_path: Path, kind: SongKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second lock, with the first one open: whatever is handed over is read as the kind of music that was named.

    (The Flash manifest is not for this lock: libvlc looks for it before it chooses how to read a file.)
    """
    monkeypatch.setattr(vlc_playback, "song_kind", lambda _: (kind, ""))
    monkeypatch.setattr("device.player.vlc_player.refuse_playlist", lambda _: None)
    for name in ("hls", "dash", "smooth"):
        path = tmp_path / f"{name}.mp3"
        path.write_bytes(playlists(listener.url)[name])
        assert end_of(player, path) is PlaybackEnd.BROKEN_FILE
    assert listener.heard == []


LEFT_TO_ITSELF = """
import sys, time, vlc
instance = vlc.Instance(["--quiet", "--ignore-config", "--no-lua", "--aout=adummy"])
player = instance.media_player_new()
player.set_media(instance.media_new_path(sys.argv[1]))
player.play()
time.sleep(60)
"""


@pytest.mark.parametrize("name", ["hls", "dash", "smooth", "flash", "flash-behind-a-tag", "flash-utf-16"])
def test_left_to_itself_libvlc_would_fetch_it(listener: Listener, tmp_path: Path, name: str) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(playlists(listener.url)[name])
    with subprocess.Popen([sys.executable, "-c", LEFT_TO_ITSELF, str(path)], stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: listener.heard, "a request")
        finally:
            process.kill()
