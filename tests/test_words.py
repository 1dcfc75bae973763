"""Whatever others have written, no command gives it to a terminal as it is: both command lines, every verb.

Tags, file names, releases, a history, a daemon's answers, boxes and the owner's own words hold everything that a
terminal obeys; what comes out is text in lines of our own making. A new verb has to join, or to say why it need not.
"""

import errno
import io
import json
import logging
import os
import pty
import re
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from device.__main__ import main as mien
from device.commands._output import LogFormatter
from device.errors import ControlError
from device.recommendation.song_table import read_song_table, write_song_table
from device.releases.journal import switch
from device.releases.manifest import MANIFEST, SONG_TABLE, describe_file, read_manifest, write_manifest
from device.session.history import History, read_history
from device.settings.config_file import load_configuration
from device.status.control_server import ControlServer
from device.status.control_socket import ask
from tests.device.simulated_box import simulated_box, write_release
from tests.waiting import PATIENCE_SECONDS, wait_until
from tools.__main__ import main as mien_tools

ROOT = Path(__file__).parents[1]
MODELS = ROOT / "models"

OBEYED = "\x1b]0;PWNED\x07\x1b[2J\x9b31m\x1b[95;7m\r\x08\u202e\u2066\u200f\x7f\ufeff"
"""Titles and colours of a terminal, in 7 and in 8 bits, a bell, a backspace, directions, a byte order mark."""

ENDINGS = ("\n", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029")
FORGED = "FORGED  box well"
NAME = "song" + OBEYED + "".join(f"{ending}{FORGED}" for ending in ENDINGS)
"""What a file may be called."""

TEXT = f"{NAME}\ud800\x00 {'long' * 2048}"
"""What a document may hold: half a character, a NUL, and 8 KB as well."""

RELEASE_ID = "2026.11.9"
FILE_NAME = f"a{OBEYED}\n{FORGED}".encode() + b"\xff"
"""Shorter, for the 255 bytes of a name in a folder, and no UTF-8."""

OF_A_FLEET = {"bring", "fleet-status", "push", "rollback"}

MISTAKE = 70
"""What a command ends with that met an exception which nobody had foreseen."""

GIVEN_WORDS = {"state", "light", "severity", "cause", "created", "schema", "word"}
"""Keys whose values are words of the daemon's own."""


def flaws(said: bytes | str) -> list[str]:
    """Find what a terminal would obey, and lines that somebody else has begun."""
    text = said.decode() if isinstance(said, bytes) else said
    bad = {mark for mark in text if unicodedata.category(mark)[0] == "C" and mark != "\n"}
    forged = [line for line in text.splitlines() if line.startswith("FORGED")]
    return [*sorted(map(ascii, bad)), *forged]


def plant(value: Any) -> Any:
    """Put the text behind every word of a document that is not the daemon's own."""
    if isinstance(value, dict):
        return {key: part if key in GIVEN_WORDS else plant(part) for key, part in value.items()}
    if isinstance(value, list):
        return [plant(part) for part in value]
    return f"{value}{TEXT}" if isinstance(value, str) else value


@pytest.fixture(scope="session")
def status(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a daemon has to say while a song plays and much is wrong, every word of it hostile."""
    folder = tmp_path_factory.mktemp("box")
    with simulated_box(folder, write_release(tmp_path_factory.mktemp("release"))) as box, box.running():
        box.press()
        playing = box.until_state("playing")
    trouble = {"what": "it is gone", "mend": "plug it in"}
    wrong = {"severity": "critical", **trouble}
    playing |= {"notice": "nothing", "hint": "sit still", "sound_trouble": trouble, "problems": [wrong, wrong]}
    playing["release"] |= {"notice": "went back", "versions": {f"part{TEXT}": "1", "number": 5}}
    playing["history"] |= {"trouble": "full", "set_aside": "aside"}
    face = {"name": "anna", "at": "2026-11-29", "in_force": True}
    playing["resting"] = {"faces": [face], "stale": ["ben"], "trouble": trouble}
    playing["last_observation"] |= {"resting": "anna", "uncorrected_seconds": {"neutral": 15.0}}
    playing["last_recommendation"]["resting"] = "anna"
    planted: dict[str, Any] = plant(json.loads(json.dumps(playing)))
    return planted


@dataclass
class Place:
    """A box whose every file holds such words, and a daemon that answers with them."""

    folder: Path
    document: dict[str, Any]
    answers: list[dict[str, Any]] = field(default_factory=list)
    """Said before the document is, one for each request."""

    @property
    def settings(self) -> Path:
        return self.folder / "mien.toml"

    @property
    def releases(self) -> Path:
        return self.folder / "releases"

    @property
    def release(self) -> Path:
        return self.releases / RELEASE_ID

    @property
    def music(self) -> Path:
        return self.folder / "music"

    @property
    def table(self) -> Path:
        return self.release / SONG_TABLE

    def answer(self, _request: dict[str, Any]) -> dict[str, Any]:
        return self.answers.pop(0) if self.answers else self.document


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "noise.flac"
    soundfile.write(path, np.random.default_rng(1).normal(0, 0.3, 8 * 16_000), 16_000)
    return path


@pytest.fixture
def place(tmp_path: Path, status: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(sys, "stdin", sys.stdin)
    folder = tmp_path / os.fsdecode(FILE_NAME)
    folder.mkdir()
    place = Place(folder, status)
    write_release(place.release)
    songs = [
        replace(song, path=f"{song.id}/{NAME}.ogg", title=f"{NAME}{'long' * 180}", artist=NAME, album=NAME)
        for song in read_song_table(place.table).songs
    ]
    header = read_song_table(place.table).header
    place.table.unlink()
    write_song_table(place.table, header, songs)
    manifest = read_manifest(place.release)
    renewed = {SONG_TABLE: describe_file(place.table)}
    write_manifest(place.release, replace(manifest, release_id=RELEASE_ID, files=renewed))
    (place.releases / "current").symlink_to(place.release.name)
    (place.folder / "state").mkdir()
    place.settings.write_text(
        f"""[paths]
        release_folder = "releases/current"
        music_folder = "music \u202e\u2066"
        state_folder = "state"
        control_socket = "{tmp_path}/control.sock"
        [camera]
        driver = "simulated"
        [faces]
        detector = "simulated"
        [emotion]
        classifier = "simulated"
        [sound]
        output = "simulated"
        [panel]
        driver = "simulated"
        power_off = false
        [clock]
        driver = "simulated"
        """,
        encoding="utf-8",
    )
    with closing(ControlServer(tmp_path / "control.sock", place.answer)) as server:
        server.start()
        yield place


def write_history(place: Place) -> None:
    """One observation that led to a song of such a name."""
    file = place.folder / "state" / "history.sqlite"
    History(file).close()
    with closing(sqlite3.connect(file)) as database, database:
        row = ("2026-11-23T12:00:00+00:00", '{"happiness": 9.0}', 0.9, 1, NAME + "long" * 2048, 0.5)
        columns = "at, seconds, coverage, song_id, song, similarity"
        database.execute(f"INSERT INTO entries ({columns}) VALUES (?, ?, ?, ?, ?, ?)", row)  # noqa: S608 - constant
    assert read_history(file, 1)[0].song.startswith("song\x1b")


def observation_that_ends(place: Place, ending: dict[str, Any]) -> None:
    """Let the daemon be idle, take a press, and be in another state then."""
    place.answers += [
        place.document | {"state": "idle", "observations": 0},
        {"pressed": True},
        place.document | {"observations": 1} | ending,
    ]


def calibration_that_ends(place: Place) -> None:
    """Let the daemon be asked for its state, begin, and say then that it came to nothing."""
    idle = place.document | {"state": "idle", "watching": None}
    place.answers += [idle, {"calibrating": True, "trouble": None}, idle | {"fault": None}, idle | {"fault": None}]


def hears_trouble(place: Place) -> None:
    place.answers += [{"forgotten": 0, "trouble": {"what": TEXT, "mend": TEXT}}]


def planted_volume() -> Any:
    return {"percent": TEXT, "maximum_percent": NAME, "by_night": True}


def troubled(name: str) -> dict[str, Any]:
    return {name: "", "trouble": {"what": TEXT, "mend": TEXT}}


def asked_and_played(place: Place) -> None:
    idle = place.document | {"state": "idle"}
    place.answers += [idle, {"asked_for": TEXT, "trouble": None}, place.document]


def breaks(place: Place) -> None:
    observation_that_ends(place, {"state": "fault", "fault": {"cause": "camera", "what": TEXT, "mend": TEXT}})


Prepare = Callable[[Place], object]


def nothing(_place: Place) -> None: ...


def hears(given: bytes) -> Prepare:
    """Let standard input hold something; the box's own fixture gives the former one back."""

    def prepare(_place: Place) -> None:
        sys.stdin = io.TextIOWrapper(io.BytesIO(given))

    return prepare


def boasts(place: Place) -> None:
    """Let the manifest say of its versions what no manifest may say."""
    manifest = json.loads((place.release / MANIFEST).read_bytes())
    (place.release / MANIFEST).write_text(json.dumps(manifest | {"versions": {NAME: NAME}}))


def gave_up(place: Place) -> None:
    """Let the daemon have written why it could not use the release, in words of its own."""
    token = switch(place.releases, RELEASE_ID, previous="2026.11.8").token
    record = {"token": token, "release_id": RELEASE_ID, "count": 1, "ready": False, "refused": TEXT}
    (place.folder / "state" / "release.json").write_text(json.dumps(record))


DEVICE_CASES: list[tuple[tuple[str, ...], Prepare]] = [
    (("status",), nothing),
    (("status",), lambda place: place.answers.append({"error": TEXT})),
    (("status", "--json"), nothing),
    (("status", "--check"), nothing),
    (("status", "--check"), lambda place: place.answers.append({"error": TEXT})),
    (("status", NAME), nothing),
    ((NAME,), nothing),
    (("explain",), nothing),
    (("explain", "--rank", "2"), nothing),
    (("explain", "--json"), nothing),
    (("history",), write_history),
    (("history", "--json"), write_history),
    (("history", "--count", NAME), nothing),
    (("metrics",), nothing),
    (("metrics", "--out", f"/no/where{NAME}"), nothing),
    (("press",), lambda place: place.answers.append({"error": TEXT})),
    (("observe",), lambda place: observation_that_ends(place, {"state": "playing", "notice": ""})),
    (("observe",), lambda place: observation_that_ends(place, {"state": "idle"})),
    (("observe",), breaks),
    (("aim", "--seconds", NAME), nothing),
    (("aim", "--lines"), lambda place: place.answers.extend([{"error": TEXT}])),
    (("play", NAME), nothing),
    (("play", "--like", NAME[:80]), lambda place: place.answers.extend([place.document, troubled("asked_for")])),
    (("play", "calm"), asked_and_played),
    (("play", "calm", "--minutes", NAME), nothing),
    (("play", "calm", "--goal", NAME), nothing),
    (("next",), lambda place: place.answers.extend([place.document, {"skipped": True}])),
    (("next",), lambda place: place.answers.extend([place.document, {"skipped": False}])),
    (("stop",), lambda place: place.answers.append({"stopped": True})),
    (("forget",), lambda place: place.answers.append(troubled("forgotten"))),
    (("forget",), lambda place: place.answers.append({"forgotten": 3, "trouble": None})),
    (("calibrate", NAME), nothing),
    (("calibrate", "--seconds", NAME), nothing),
    (("calibrate", "--lines"), lambda place: place.answers.extend([{"error": TEXT}])),
    (("calibrate",), calibration_that_ends),
    (("calibrate", "--forget"), hears_trouble),
    (("volume", "40"), lambda place: place.answers.append({"volume": {}, "trouble": {"what": TEXT, "mend": TEXT}})),
    (("volume",), lambda place: place.answers.append({"volume": planted_volume(), "trouble": None})),
    (("volume", NAME), nothing),
    (("watch", "--svg", f"/no/where{NAME}"), nothing),
    (("config",), nothing),
    (("config",), lambda place: place.settings.write_text(f"[camera]\n{json.dumps(NAME)} = {json.dumps(NAME)}")),
    (("config",), lambda place: place.settings.write_text(f"[{json.dumps(NAME)}]\n", encoding="utf-8")),
    (("config",), lambda place: place.settings.write_text(f"a = {NAME}", encoding="utf-8")),
    (("config", "set", NAME, "1"), nothing),
    (("config", "set", f"sound.{NAME}", "1"), nothing),
    (("config", "set", "camera.driver", NAME), nothing),
    (("config", "set", "camera.width", NAME), nothing),
    (("config", "set", "sound.card", NAME), nothing),
    (("config", "set", "sound.card", "Device"), nothing),
    (("config", "unset", NAME), nothing),
    (("config", "unset", "panel.power_off"), nothing),
    (("config", "tidy"), nothing),
    (("config", "tidy"), lambda place: place.settings.write_text("[camera]\nwidth = 640\n", encoding="utf-8")),
    (("explain",), lambda place: place.settings.write_text(f"{place.settings.read_text()}\n{NAME}")),
    (("doctor",), nothing),
    (("doctor", "--listen"), nothing),
    (("doctor",), lambda place: (place.release / MANIFEST).unlink()),
    (("panel", NAME), nothing),
    (("music", NAME), nothing),
    (("music", "note"), hears(TEXT.encode(errors="surrogatepass"))),
    (("music", "clear"), hears(NAME.encode() + b"\0")),
    (("release", NAME), nothing),
    (("release", "plan"), hears(json.dumps({"schema": NAME}).encode())),
    (("release", "list"), nothing),
    (("release", "list", "--json"), nothing),
    (("release", "list"), lambda place: place.table.write_bytes(b"")),
    (("release", "list"), boasts),
    (("release", "list", "--json"), boasts),
    (("release", "list"), gave_up),
    (("release", "verify"), nothing),
    (("release", "verify", NAME), nothing),
    (("release", "stage", f"/no/where{NAME}"), nothing),
    (("release", "activate"), nothing),
    (("release", "activate", NAME), nothing),
    (("release", "rollback"), nothing),
    (("release", "settle"), nothing),
    (("release", "collect", "--keep", "0"), lambda p: shutil.copytree(p.release, p.releases / f"x{NAME[:60]}")),
]  # fmt: skip

ELSEWHERE = {"run", "watch"}
"""Verbs of the box that end by a signal alone: tested below."""


def told(run: Callable[[], int], capfdbinary: pytest.CaptureFixture[bytes]) -> tuple[int, bytes, bytes]:
    """Run a command line; return its exit code and what it said."""
    try:
        code = run()
    except SystemExit as end:
        code = int(end.code or 0)
    said = capfdbinary.readouterr()
    return code, said.out, said.err


@pytest.mark.parametrize(("words", "prepare"), DEVICE_CASES, ids=[ascii(" ".join(w))[:40] for w, _ in DEVICE_CASES])
def test_mien_prints_nothing_that_a_terminal_obeys(
    place: Place, words: tuple[str, ...], prepare: Prepare, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    prepare(place)
    code, out, err = told(lambda: mien([*words, "--config", str(place.settings)]), capfdbinary)
    assert code != MISTAKE, err.decode()
    assert out + err or "settle" in words
    assert flaws(out) == flaws(err) == []
    if "--json" in words:
        assert json.loads(out)


def images_of(place: Place) -> Path:
    folder = place.folder / "images"
    for label in ("happy", "sad"):
        (folder / label).mkdir(parents=True)
        (folder / label / f"{os.fsdecode(FILE_NAME)}.png").write_bytes(b"no picture")
    return folder


def music_of(place: Place, sound: Path) -> Path:
    (place.music / "album").mkdir(parents=True)
    shutil.copy(sound, place.music / "album" / f"{NAME[:60]}.flac")
    (place.music / f"{NAME[:60]}.mp3").write_bytes(b"no music")
    (place.music / f"{os.fsdecode(FILE_NAME)}.mp3").write_bytes(b"no music")
    return place.music


def release_to_pack(place: Place) -> Path:
    folder = place.folder / "pack"
    shutil.copytree(MODELS, folder, ignore=shutil.ignore_patterns("demo_library"))
    (folder / SONG_TABLE).write_bytes(b"no table")
    return folder


ToolWords = Callable[[Place, Path], list[str]]

TOOLS_CASES: dict[str, list[ToolWords]] = {
    "analyse": [
        lambda place, sound: [
            *(str(music_of(place, sound)), "--table", str(place.folder / "t.sqlite"), "--workers", "1"),
            *("--least-seconds", "0"),
        ],
        lambda place, sound: [str(music_of(place, sound)), "--table", str(place.folder / "t.sqlite"), "--workers", "1"],
        lambda place, _: [str(place.folder / "none"), "--table", str(place.folder / "t.sqlite")],
    ],
    "bring": [
        lambda place, sound: [str(music_of(place, sound)), "one", "two", "--keep", str(place.folder / "kept"), "--yes"],
        lambda place, _: [str(place.folder / "none"), "one"],
    ],
    "compose-demo": [
        lambda place, _: ["--out", str(place.folder / "demo"), "--table", str(MODELS / SONG_TABLE)],
        lambda place, _: ["--out", str(place.settings), "--table", str(MODELS / SONG_TABLE)],
    ],
    "demo": [lambda place, _: ["--webcam", str(place.folder / "none")]],
    "evaluate-face": [
        lambda place, _: ["--data", str(images_of(place)), "--out", str(place.folder / "out")],
        lambda place, _: ["--data", str(images_of(place)), "--model", str(place.folder / "none"), "--card"],
        lambda place, _: ["--data", str(images_of(place)), "--out", str(place.folder), "--whole", "--disturbed"],
    ],
    "evaluate-music": [lambda place, _: ["--data", str(images_of(place)), "--out", str(place.folder / "out")]],
    "fleet-status": [lambda _place, _: ["one", "two"], lambda _place, _: ["--json", "one"]],
    "pack-release": [lambda place, _: [str(release_to_pack(place)), "--id", "1"]],
    "playlist": [
        lambda place, _: [str(place.table), "--emotion", "happy", "--minutes", "9", "--music", str(place.music)],
        lambda place, _: [str(place.table), "--emotion", NAME, "--minutes", "9"],
        lambda place, _: [str(place.table), "--like", "song", "--minutes", "9"],
    ],
    "plot-music": [
        lambda place, sound: ["--song", str(music_of(place, sound) / f"{NAME[:60]}.mp3"), "--out", str(place.folder)]
    ],
    "predict-face": [
        lambda place, _: ["--images", str(images_of(place)), "--out", str(place.folder / "p.csv")],
    ],
    "push": [
        lambda place, _: ["--release", str(place.release), "one", "two"],
        lambda place, sound: ["--music", str(music_of(place, sound)), "one", "--dry-run"],
    ],
    "render-chimes": [lambda place, _: ["--out", str(place.folder / "chimes")]],
    "report": [
        lambda place, _: [str(place.table), "--out", str(place.folder / "report")],
        lambda place, _: [str(place.settings), "--out", str(place.folder / "report")],
    ],
    "reproduce": [lambda place, _: ["--data", str(images_of(place)), "--out", str(place.folder / "out")]],
    "reproduce-face": [lambda place, _: ["--data", str(images_of(place)), "--out", str(place.folder / "out")]],
    "rollback": [lambda _place, _: ["one", "two"]],
    "train-face": [lambda place, _: ["--data", str(images_of(place)), "--out", str(place.folder), "--seed", "1"]],
    "train-music": [lambda place, _: ["--data", str(images_of(place)), "--out", str(place.folder / "out")]],
    "write-tags": [lambda place, sound: [str(place.table), "--music", str(music_of(place, sound))]],
}


@pytest.fixture
def boxes(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ssh that reaches any box, each of which says such words to whatever it is asked."""
    programs = place.folder.parent / "programs"
    programs.mkdir()
    (programs / "said").write_bytes(json.dumps(place.document).encode() + b"\n")
    (programs / "cried").write_bytes(TEXT.encode(errors="replace"))
    script = """#!/bin/sh
    for last; do :; done
    case "$*" in *"-O exit"*) exit 0;; esac
    case "$last" in
        "id -u") echo 0;;
        *"mien status"*) cat "${0%/*}/said";;
        *) cat "${0%/*}/cried" "${0%/*}/said"; cat "${0%/*}/cried" >&2; exit 1;;
    esac
    """
    (programs / "ssh").write_text(script)
    (programs / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")


@pytest.mark.usefixtures("boxes")
@pytest.mark.parametrize(
    ("verb", "words"),
    [(verb, words) for verb, cases in TOOLS_CASES.items() for words in cases],
    ids=[f"{verb}-{number}" for verb, cases in TOOLS_CASES.items() for number in range(len(cases))],
)
def test_mien_tools_prints_nothing_that_a_terminal_obeys(
    place: Place, sound: Path, verb: str, words: ToolWords, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    given = [verb, *words(place, sound)]
    if verb in OF_A_FLEET:  # what pyinfra brings changes Python's threads for good
        command = [sys.executable, "-m", "tools", *given]
        ended = subprocess.run(command, capture_output=True, cwd=ROOT, timeout=PATIENCE_SECONDS, check=False)
        code, out, err = ended.returncode, ended.stdout, ended.stderr
    else:
        code, out, err = told(lambda: mien_tools(given), capfdbinary)
    assert code != MISTAKE, err.decode()
    assert out + err
    if verb == "playlist" and out:  # a file for a player: its paths are right to the letter, but in no terminal
        out = b"\n".join(line for line in out.split(b"\n") if line.startswith(b"#"))
    assert flaws(out) == flaws(err) == []


def test_every_verb_is_tested() -> None:
    def verbs(package: str) -> set[str]:
        files = (ROOT / package / "commands").glob("[!_]*.py")
        return {file.stem.replace("_", "-") for file in files}

    assert {words[0] for words, _ in DEVICE_CASES} - {NAME} | ELSEWHERE == verbs("device")
    assert set(TOOLS_CASES) == verbs("tools")


OURS = re.compile(rb"\x1b\[[0-9;?]*[A-Zhlm]")
"""What rich draws with: colours, the cursor, the alternative screen."""


@contextmanager
def at_a_terminal(command: list[str]) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[bytes], bytes]]]:
    """Run a command whose standard output is a terminal; give it, and what reads until some words came."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40"}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, env=environment) as process:
        os.close(theirs)
        said = bytearray()

        def read_until(words: bytes) -> bytes:
            def has_come() -> bool:
                with_more = select.select([ours], [], [], 0)[0]
                try:
                    more = os.read(ours, 65536) if with_more else b""
                except OSError as error:
                    if error.errno != errno.EIO:  # the end of a terminal that nobody writes to any more
                        raise
                    return True
                said.extend(more)
                return bool(words) and words in said

            wait_until(has_come, f"{words!r} on the terminal", seen=lambda: bytes(said))
            return bytes(said)

        try:
            yield process, read_until
        finally:
            process.kill()
            os.close(ours)


def test_the_live_screen_shows_text_and_only_rich_moves_the_cursor(place: Place) -> None:
    command = [sys.executable, "-m", "device", "watch", "--config", str(place.settings)]
    with at_a_terminal(command) as (_, read_until):
        said = read_until(b"q leaves")
    assert b"[95;7m" in said  # the title has come, without what it began with
    assert b"\x1b[95;7m" not in said
    assert flaws(OURS.sub(b"", said).replace(b"\r\n", b"\n")) == []


def test_a_playlist_is_shown_clean_at_a_terminal(place: Place) -> None:
    command = [sys.executable, "-m", "tools", "playlist", str(place.table), "--emotion", "happy", "--minutes", "9"]
    songs = read_song_table(place.table).songs
    header = read_song_table(place.table).header
    place.table.unlink()
    write_song_table(
        place.table, header, [replace(song, path=f"{song.id}{OBEYED}.ogg".replace("\r", "")) for song in songs]
    )
    with at_a_terminal(command) as (_, read_until):
        said = read_until(b"minutes")
    assert b".ogg" in said
    assert flaws(said.replace(b"\r\n", b"\n")) == []


def test_watching_line_by_line_prints_nothing_that_a_terminal_obeys(place: Place) -> None:
    command = [sys.executable, "-m", "device", "watch", "--lines", "--config", str(place.settings)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=ROOT) as watching:
        assert watching.stdout
        said = watching.stdout.readline()
        watching.send_signal(signal.SIGINT)
        assert watching.wait(PATIENCE_SECONDS) == 0
    assert b"PWNED" in said
    assert flaws(said) == []


def is_answered(socket: Path) -> bool:
    """Tell whether a daemon listens; its socket has a name some moments earlier."""
    with suppress(ControlError):
        ask(socket, {"command": "status"})
        return True
    return False


def test_the_daemon_logs_nothing_that_a_terminal_obeys(place: Place) -> None:
    """It plays a song of such a name, and is told of one that is gone."""
    socket = place.folder.parent / "daemon.sock"
    text = place.settings.read_text(encoding="utf-8").replace(f"{place.folder.parent}/control.sock", str(socket))
    place.settings.write_text(text, encoding="utf-8")
    music = load_configuration(place.settings).settings.paths.music_folder
    for song in read_song_table(place.table).songs[::2]:
        (music / song.path).parent.mkdir(parents=True)
        (music / song.path).touch()
    command = [sys.executable, "-m", "device", "run", "--config", str(place.settings)]
    with (place.folder / "log").open("wb") as log:
        daemon = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=ROOT)
    try:
        wait_until(lambda: is_answered(socket) or daemon.poll() is not None, "an answer")
        ask(socket, {"command": "press", "hold_seconds": 0})
        wait_until(lambda: ask(socket, {"command": "status"})["state"] == "playing", "a song")
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(PATIENCE_SECONDS) == 0
    finally:
        daemon.kill()
        daemon.wait()
    said = (place.folder / "log").read_bytes()
    assert b"INFO device.appliance" in said
    assert flaws(said) == []


def exception(error: Exception) -> Any:
    """Return what ``sys.exc_info`` gives of an error that was raised."""
    with suppress(type(error)):
        raise error
    return type(error), error, error.__traceback__


@pytest.mark.parametrize("with_trace", [False, True])
def test_a_record_is_one_line_and_its_traceback_is_set_in(*, with_trace: bool) -> None:
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    handler.setFormatter(LogFormatter("%(levelname)s %(name)s: %(message)s", heard))
    error = ValueError(TEXT) if with_trace else None
    record = logging.LogRecord(f"device{OBEYED}", logging.ERROR, "", 1, "%s broke", (TEXT,), error and exception(error))
    handler.emit(record)
    lines = heard.getvalue().rstrip("\n").split("\n")
    assert flaws(heard.getvalue()) == []
    assert lines[0].startswith("ERROR device]0;PWNED")
    assert all(line.startswith("  ") for line in lines[1:])
    assert (len(lines) > 1) == with_trace
