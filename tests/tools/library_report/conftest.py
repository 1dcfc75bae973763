import base64
import hashlib
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from device.emotion.vectors import song_vectors
from device.recommendation.song_table import Header, Song, SongTable

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
MakeTable = Callable[..., SongTable]


@pytest.fixture(scope="session")
def make_table() -> MakeTable:
    """Make a table of songs at these places ``(n, 2)``."""

    def make(
        places: Sequence[Sequence[float]] | np.ndarray,
        *,
        titles: Sequence[str] | None = None,
        artist: str = "Somebody",
        sigma: float = 0.25,
        told: bool = True,
    ) -> SongTable:
        spread = np.asarray(places, dtype=float).reshape(-1, 2)
        vectors = song_vectors(spread[:, 0], spread[:, 1], sigma_valence=sigma, sigma_arousal=sigma)
        names = titles or [f"Song {number}" for number in range(len(spread))]
        songs = (
            Song(
                number + 1, f"folder/{number}.mp3", names[number], artist, "Album", 200.0, f"{number:064x}",
                float(valence), float(arousal), tuple(map(float, vectors[number])), (sigma, sigma) if told else None,
            )
            for number, (valence, arousal) in enumerate(spread)
        )  # fmt: skip
        return SongTable(Header(1.0, sigma, sigma, "2026.11-test", schema_version=2 if told else 1), tuple(songs))

    return make


class Dom(HTMLParser):
    """What a test asks of a dumped page: the body's data, and every element with its attributes and text."""

    def __init__(self, text: str, console: str = "", requests: int = 0) -> None:
        super().__init__(convert_charrefs=True)
        self.console, self.requests = console, requests
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        if data.strip() and self.elements:
            self.texts.append((self.elements[-1][0], data.strip()))

    @property
    def body(self) -> dict[str, str]:
        return next(attributes for tag, attributes in self.elements if tag == "body")

    @property
    def text(self) -> str:
        return "\n".join(text for tag, text in self.texts if tag not in {"script", "style"})


@pytest.fixture(scope="session")
def dom() -> Callable[[str], Dom]:
    return Dom


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser; CI must have one."""
    found = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if found is None:
        reason = f"no Chromium on the path (one of {', '.join(BROWSERS)})"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


class Proxy(threading.Thread):
    """A listener that the browser takes for its proxy: every request to a network knocks here, and is sent away."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.knocks = 0

    def run(self) -> None:
        with suppress(OSError):  # when it is shut down
            while True:
                visitor, _ = self._listener.accept()
                self.knocks += 1
                visitor.close()

    def stop(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.join(5)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    listening = Proxy()
    listening.start()
    yield listening
    listening.stop()


def with_script(page: str, script: str) -> str:
    """Let the page's own policy allow one script more."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return page.replace("script-src ", f"script-src 'sha256-{digest}' ") + f"<script>{script}</script>"


@pytest.fixture
def browse(chromium: str, proxy: Proxy, tmp_path: Path) -> Callable[..., Dom]:
    """Open a page, run a script in it when it is ready, and return what the page has become."""

    def open_page(
        page: str, *, script: str = "", size: str = "1280,900", picture: Path | None = None, flags: Sequence[str] = ()
    ) -> Dom:
        path = tmp_path / "opened.html"
        when_ready = (
            "const wait = setInterval(async () => { if (!document.body.dataset.ready) return; clearInterval(wait); "
            f"{script}; document.body.dataset.done = 'true'; }}, 50);"
        )
        path.write_text(with_script(page, when_ready), encoding="utf-8")
        command = [
            chromium, "--headless", "--no-sandbox", "--hide-scrollbars", "--no-first-run", "--enable-logging=stderr",
            f"--user-data-dir={tmp_path / 'profile'}", f"--proxy-server={proxy.address}",
            "--proxy-bypass-list=<-loopback>", f"--window-size={size}", "--virtual-time-budget=15000", *flags,
        ]  # fmt: skip
        command += [f"--screenshot={picture}"] if picture else ["--dump-dom"]
        seen = subprocess.run([*command, path.as_uri()], capture_output=True, text=True, check=True, timeout=120)
        console = "\n".join(line for line in seen.stderr.splitlines() if ":CONSOLE" in line)
        return Dom(seen.stdout, console, proxy.knocks)

    return open_page
