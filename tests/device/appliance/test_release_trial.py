"""The trial of a release: what works passes, and whatever else happens in its process is one sentence here."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from device.appliance import release_trial
from device.appliance.release_trial import NOBODY, TrialLimits, try_release
from device.errors import ModelError, ReleaseError, SongTableError
from device.settings.sections import PathSettings, RecommendationSettings, Settings
from tests.waiting import wait_until

RELEASE = Path(__file__).parents[3] / "models"
MODELS = Path(__file__).parents[1] / "emotion" / "models"
ROOT = os.geteuid() == 0
A_STRANGER = 4321
"""A user id that nobody has."""

BEGINNING = (
    "import sys, os, json, signal, time; sys.path.append(sys.argv[1]); asked = json.loads(sys.argv[2])\n"
    "def say(**answer): print(json.dumps(answer), flush=True)\n"
)


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A copy of the shipped release."""
    folder = tmp_path / "release"
    shutil.copytree(RELEASE, folder, ignore=shutil.ignore_patterns("demo_library"))
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "state").mkdir()
    return Settings(paths=PathSettings(state_folder=tmp_path / "state", music_folder=tmp_path / "no music here"))


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let the trial's process do something else; ``say(…)`` answers."""
    return lambda text: monkeypatch.setattr(release_trial, "_START", BEGINNING + text)


def change(table: Path, *statements: str) -> None:
    """Change a table, and leave its packed copy as it was."""
    with closing(sqlite3.connect(table)) as database, database:
        triggers = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        dropping = [f"DROP TRIGGER {name}" for name, _ in triggers]
        setting = [] if "DROP TABLE songs" in statements else [sql for _, sql in triggers]
        for statement in (*dropping, *statements, *setting):
            database.execute(statement)


@pytest.mark.parametrize(
    "recommendation",
    [RecommendationSettings(), RecommendationSettings(query="sum", top=50, songs_per_artist=0, sigma=0.0, k=3.0)],
)
def test_a_release_that_works_passes_by_any_settings_and_without_its_music(
    release: Path, settings: Settings, recommendation: RecommendationSettings
) -> None:
    try_release(release, replace(settings, recommendation=recommendation))


def test_a_release_may_be_named_from_here(release: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(release.parent)
    try_release(Path("release"), settings)


def test_neither_numpy_nor_sqlite_is_loaded_where_root_waits() -> None:
    look = "import device.appliance.release_trial, sys; print(sorted(sys.modules.keys() & {'numpy', 'sqlite3', 'cv2'}))"
    heard = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, cwd=RELEASE.parent)
    assert heard.stdout.strip() == "[]"


def test_the_reader_of_a_damaged_part_says_what_is_wrong(release: Path, settings: Settings) -> None:
    table, golden, card = (
        release / name for name in ("songs.sqlite", "face_emotion/golden.npz", "face_emotion/card.json")
    )
    sound = table.read_bytes()
    table.write_bytes(sound[:-1])
    with pytest.raises(SongTableError, match="cut short") as refused:
        try_release(release, settings)
    assert refused.value.what.startswith(f"{table}: ")
    assert "mien-tools analyse" in refused.value.mend
    assert refused.value.exit_code == 65
    golden.write_bytes(golden.read_bytes()[:-30])
    with pytest.raises(ModelError, match="golden example cannot be read"):
        try_release(release, settings)
    card.write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(ModelError, match="nested too deeply"):
        try_release(release, settings)


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        (["DROP TABLE songs", "CREATE VIEW songs AS SELECT zeroblob(1000000000) AS id"], "holds the view songs"),
        (["UPDATE songs SET title = CAST(x'ff' AS TEXT) WHERE id = 3"], "decode"),
        (
            ["UPDATE songs SET title = CAST(zeroblob(8000000) AS TEXT)"],
            "a title, an artist and an album may take 1,024",
        ),
        (["UPDATE songs SET id = id + 100"], "names other songs"),
        (["DELETE FROM song_index", "DELETE FROM songs"], "names no song"),
    ],
)
def test_a_table_that_could_not_be_played_is_refused(
    release: Path, settings: Settings, statements: list[str], told: str
) -> None:
    change(release / "songs.sqlite", *statements)
    with pytest.raises(SongTableError, match=told):
        try_release(release, settings)


CRASHING = ((20_068, 0x7FFFFFFF), (19_151, 1), (19_248, 0x80000000), (18_972, 0xFFFFFFFF), (19_977, 1))
"""Words of four bytes, and where to write them into the tests' model, by which tflite-runtime reads past its end."""


def test_a_model_that_crashes_its_runtime_is_told_in_words(release: Path, settings: Settings) -> None:
    model = release / "face_emotion" / "model.tflite"
    shutil.copyfile(MODELS / "golden.npz", release / "face_emotion" / "golden.npz")
    sound, ends = (MODELS / "int8.tflite").read_bytes(), []
    for place, word in CRASHING:
        model.write_bytes(sound[:place] + word.to_bytes(4, "little") + sound[place + 4 :])
        with pytest.raises(ReleaseError) as caught:
            try_release(release, settings)
        ends.append(caught.value.what)
    assert all(what.startswith(f"{model}: ") and what.isprintable() for what in ends)
    if sys.version_info < (3, 12):  # LiteRT looks before it reads
        assert f"{model}: the model crashes the runtime (SIGSEGV)" in ends


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("say(begins='face_emotion'); os.kill(os.getpid(), signal.SIGSEGV)", "the model crashes the runtime (SIGSEGV)"),
        ("say(begins='face_emotion'); os.abort()", "model.tflite: the model crashes the runtime (SIGABRT)"),
        ("say(begins='songs.sqlite'); os.kill(os.getpid(), signal.SIGBUS)", "songs.sqlite: reading it crashes SQLite"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "its trial was ended (SIGSEGV)"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "as the system does when memory runs out"),
        ("os.kill(os.getpid(), 40)", "signal 40"),
        ("sys.exit(3)", "ended without an answer (exit code 3)"),
        ("say(verdict='works'); sys.exit(3)", "ended without an answer (exit code 3)"),
        ("pass", "ended without an answer (exit code 0)"),
        ("print('[' * 50000)", "without an answer"),
        ("print('no JSON'); sys.stdout.buffer.write(bytes(range(256)))", "without an answer"),
        ("say(verdict=['works'])", "without an answer"),
        ("print('[\"works\"]')", "without an answer"),
        ("say(verdict='works'); say(verdict='out of memory')", "more than 192 MiB of memory"),
        ("say(verdict='refused', what='a\\n\\x1b[2Jb', mend=['c'], kind={})", "a [2Jb"),
        ("say(verdict='refused')", "/srv/release"),
        ("say(begins='/etc/passwd'); say(verdict='no')", "without an answer"),
        ("while True: print('x' * 1000)", "says more than a trial has to say"),
    ],
)
def test_whatever_the_process_does_is_told_in_one_sentence(
    settings: Settings, script: Callable[[str], None], text: str, told: str
) -> None:
    script(text)
    with pytest.raises(ReleaseError) as caught:
        try_release(Path("/srv/release"), settings)
    assert told in caught.value.what
    assert caught.value.what.isprintable()
    assert caught.value.mend.isprintable()
    assert len(caught.value.what) < 5000


@pytest.mark.parametrize("ending", ["", "os.close(1)"])
def test_a_process_that_does_not_end_is_ended_and_what_it_has_started(
    settings: Settings, script: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    begun, start = tmp_path / "begun", release_trial._start
    script(
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nother = os.fork()\n"
        f"if other:\n with open({str(tmp_path / 'noted')!r}, 'w') as file: file.write(f'{{os.getpid()}} {{other}}')\n"
        f" os.rename({str(tmp_path / 'noted')!r}, {str(begun)!r})\n{ending}\nwhile True: signal.pause()"
    )

    def started(*arguments: Any) -> subprocess.Popen[bytes]:
        process = start(*arguments)
        wait_until(begun.exists, "both processes")
        return process

    monkeypatch.setattr(release_trial, "_start", started)
    with pytest.raises(ReleaseError, match=r"its trial takes longer than 0\.1 s"):
        try_release(Path("/srv/release"), settings, limits=TrialLimits(seconds=0.1))
    pids = begun.read_text(encoding="ascii").split()
    wait_until(lambda: not [pid for pid in pids if is_alive(pid)], "both processes to end")


def is_alive(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


CONFINED = (
    "from device.appliance.trial_process import confine; confine(asked['user'], asked['limits'], parent=os.getppid())\n"
)


@pytest.mark.parametrize(
    ("text", "limits", "told"),
    [
        ("while True: pass", TrialLimits(processor_seconds=1), "more than 1 s of processor time"),
        ("bytearray(10**9)", TrialLimits(), "exit code 1"),
        ("say(rest=len(bytearray(10**8))); say(verdict='works')", TrialLimits(memory_bytes=2**26), "exit code 1"),
        ("os.fork()", TrialLimits(), "exit code 1"),
        ("import threading; threading.Thread(target=print).start()", TrialLimits(), "exit code 1"),
        ("os.write(os.open('.', os.O_TMPFILE | os.O_RDWR), b'x')", TrialLimits(), "exit code 1"),
        ("[open('/dev/null') for _ in range(100)]", TrialLimits(), "exit code 1"),
        ("os.execv('/bin/true', ['true']) if os.fork() else None", TrialLimits(), "exit code 1"),
        ("os.setuid(0) if os.getuid() else sys.exit(1)", TrialLimits(), "exit code 1"),
    ],
)
def test_what_a_confined_process_may_not_do_ends_it(
    settings: Settings, script: Callable[[str], None], text: str, limits: TrialLimits, told: str
) -> None:
    script(CONFINED + text)
    with pytest.raises(ReleaseError) as caught:
        try_release(Path("/srv/release"), settings, limits=limits)
    assert told in caught.value.what


def test_a_release_that_takes_too_much_memory_is_told(release: Path, settings: Settings) -> None:
    with pytest.raises(
        ReleaseError, match=r"its trial takes more than 1 MiB of memory|crashes the runtime|ended without"
    ):
        try_release(release, settings, limits=TrialLimits(memory_bytes=2**20))


LOOK = (
    CONFINED
    + """
fields = dict(line.split(':', 1) for line in open('/proc/self/status'))
seen = {name: fields[name].split() for name in ('Uid', 'Gid', 'Groups', 'NoNewPrivs', 'CapPrm', 'CapEff', 'CapInh')}
seen['net'] = [line.split(':')[0].strip() for line in open('/proc/net/dev') if ':' in line]
say(verdict='refused', what=json.dumps(seen), mend='')
"""
)


def seen_by_the_process(settings: Settings, script: Callable[[str], None]) -> dict[str, Any]:
    script(LOOK)
    with pytest.raises(ReleaseError) as caught:
        try_release(Path("/srv/release"), settings)
    found: dict[str, Any] = json.loads(caught.value.what)
    assert found["NoNewPrivs"] == ["1"]
    return found


@pytest.mark.skipif(not ROOT, reason="only root can become somebody else")
def test_root_lets_the_owner_of_the_state_folder_try_it(settings: Settings, script: Callable[[str], None]) -> None:
    os.chown(settings.paths.state_folder, A_STRANGER, A_STRANGER + 1)
    found = seen_by_the_process(settings, script)
    assert found["Uid"] == [str(A_STRANGER)] * 4
    assert found["Gid"] == [str(A_STRANGER + 1)] * 4
    assert found["Groups"] == []
    assert {int(found[name][0], 16) for name in ("CapPrm", "CapEff", "CapInh")} == {0}
    assert set(found["net"]) <= {"lo"}


@pytest.mark.skipif(not ROOT, reason="only root can become somebody else")
@pytest.mark.parametrize("there", [True, False])
def test_root_lets_mien_or_nobody_try_it_where_the_state_is_roots(
    settings: Settings, script: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, *, there: bool
) -> None:
    monkeypatch.setattr(release_trial, "USER", "nobody" if there else "nobody has this name")
    found = seen_by_the_process(settings, script)
    assert found["Uid"] == [str(NOBODY)] * 4
    assert found["Groups"] == []
    assert int(found["CapEff"][0], 16) == int(found["CapPrm"][0], 16)
    assert int(found["CapEff"][0], 16) in ({0} if there else {0, 1 << 2})  # a container may not have it to give


@pytest.mark.skipif(ROOT, reason="root becomes somebody else")
def test_anybody_else_tries_it_as_who_he_is(settings: Settings, script: Callable[[str], None]) -> None:
    assert seen_by_the_process(settings, script)["Uid"] == [str(os.getuid())] * 4


@pytest.mark.skipif(not ROOT, reason="only root can become somebody else")
def test_a_stranger_who_may_read_the_release_can_try_it_and_else_is_named(release: Path, settings: Settings) -> None:
    os.chown(settings.paths.state_folder, A_STRANGER, A_STRANGER)
    with tempfile.TemporaryDirectory() as folder:  # pytest's own is for root alone
        Path(folder).chmod(0o755)
        shutil.copytree(release, Path(folder) / "release")
        try_release(Path(folder) / "release", settings)
    (release / "face_emotion" / "model.tflite").chmod(0o600)
    with pytest.raises(
        ReleaseError, match=r"face_emotion/model\.tflite: 4321, as whom the box reads releases"
    ) as caught:
        try_release(release, settings)
    assert "chmod -R a+rX" in caught.value.mend


def test_a_process_that_cannot_be_started_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    with pytest.raises(ReleaseError, match=r"no process can be started .* \(Resource temporarily unavailable\)"):
        try_release(Path("/srv/release"), settings)
    monkeypatch.undo()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ReleaseError, match="No such file"):
        try_release(Path("/srv/release"), settings)


WAITING = """
import sys
from pathlib import Path
from device.appliance import release_trial
from device.settings.sections import Settings
release_trial._START = sys.argv[1]
release_trial.try_release(Path("/srv/release"), Settings())
"""


def test_with_who_waits_the_process_ends(tmp_path: Path) -> None:
    noting = f"with open({str(tmp_path / 'begun')!r}, 'w') as file: file.write(str(os.getpid()))\n"
    text = BEGINNING + noting + CONFINED.replace("os.getppid()", "asked['parent']") + "signal.pause()"
    with subprocess.Popen([sys.executable, "-c", WAITING, text], cwd=RELEASE.parent) as parent:
        try:
            begun = tmp_path / "begun"
            pid = wait_until(lambda: begun.exists() and begun.read_text(), "the trial's process")
            wait_until(lambda: confined(pid), "the trial's process to be confined")
        finally:
            parent.send_signal(signal.SIGKILL)
    wait_until(lambda: not is_alive(pid), "the trial's process to end with its parent")


def confined(pid: str) -> bool:
    return "Max core file size        0" in Path(f"/proc/{pid}/limits").read_text(encoding="ascii")
