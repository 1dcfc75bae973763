"""Standard output and standard error of both commands: any encoding, full, closed, or left by their reader."""

import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from device.commands import _parser
from device.errors import MienError
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[1]
CONFIG = [sys.executable, "-m", "device", "config"]
"""Says some 6 KB."""


def run(command: list[str], **ways: Any) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | ways.pop("env", {})
    return subprocess.run(command, cwd=ROOT, env=environment, timeout=PATIENCE_SECONDS, check=False, **ways)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("words", [["config"], ["doctor"], ["--help"], ["status"], ["explain", "→"]])
def test_every_encoding_can_be_written(words: list[str], encoding: str, tmp_path: Path) -> None:
    ways = {"PYTHONIOENCODING": encoding, "LC_ALL": "C", "COLUMNS": "80"}
    settings = tmp_path / "é→\udcff.toml"
    settings.write_text('[paths]\nmusic_folder = "→ é 雨"\n', encoding="utf-8")
    given = [] if words == ["--help"] else ["--config", str(settings)]
    ended = run([sys.executable, "-m", "device", *words, *given], capture_output=True, env=ways)
    assert b"Traceback" not in ended.stderr
    assert b"Error" not in ended.stderr
    (ended.stdout + ended.stderr).decode(encoding)


@pytest.mark.parametrize("words", [["config"], ["--help"], ["status", "--schema"], ["config", "--help"]])
def test_a_full_disk_is_told_in_a_sentence(words: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = run([sys.executable, "-m", "device", *words], stdout=full, stderr=subprocess.PIPE)
    assert ended.returncode == 74
    assert ended.stderr.startswith(b"mien: standard output cannot be written (No space left on device)\n  mend: ")
    assert ended.stderr.count(b"\n") == 2


@pytest.mark.parametrize("words", ["config", "--help", "status --schema", "config --help"])
def test_a_reader_that_has_seen_enough_is_left_in_peace(words: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = run([sys.executable, "-m", "device", *words.split()], stdout=writing, stderr=subprocess.PIPE)
    finally:
        os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_what_the_caller_has_closed_is_not_missed(closed: str) -> None:
    ended = run(["sh", "-c", f'"$@" {closed}', "sh", *CONFIG], capture_output=True)
    assert ended.returncode == 0
    assert ended.stderr == b""


def test_a_warning_and_a_thread_that_broke_are_told_in_clean_lines() -> None:
    script = """if True:
        import threading, warnings
        from device.commands._output import open_door
        open_door()
        def fail(): raise ValueError("thread\x1b[2J\\nFORGED")
        warnings.warn("warned\x1b[2J\\nFORGED")
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
        """
    ended = run([sys.executable, "-c", script], capture_output=True)
    assert b"UserWarning: warned[2J FORGED\n" in ended.stderr
    assert b"fail) broke\n  Traceback" in ended.stdout
    assert b"\n  ValueError: thread[2J\n  FORGED" in ended.stdout
    assert b"\x1b" not in ended.stdout + ended.stderr


@pytest.mark.parametrize("journal", [True, False])
def test_every_line_for_the_journal_and_for_nothing_else_begins_with_its_priority(
    *, tmp_path: Path, journal: bool
) -> None:
    script = """if True:
        import logging, warnings
        from device.commands._output import complain, open_door, say
        open_door()
        log = logging.getLogger("device")
        for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL):
            log.log(level, "at %d", level)
        try:
            raise ValueError("one\\ntwo")
        except ValueError:
            log.exception("broke")
        say("<0>a song")
        complain("what", "  mend: this")
        warnings.warn("careful")
        """
    with (tmp_path / "said").open("w+b") as said, (tmp_path / "other").open("w+b") as other:
        file = os.fstat(said.fileno())
        ways = {"JOURNAL_STREAM": f"{file.st_dev}:{file.st_ino}"}
        run([sys.executable, "-c", script], env=ways, stdout=said if journal else other, stderr=subprocess.STDOUT)
    if not journal:
        assert re.findall(r"(?m)^<\d>", (tmp_path / "other").read_text()) == ["<0>"]
        return
    lines = (tmp_path / "said").read_text().splitlines()
    assert re.fullmatch("64323{5,}6334", "".join(line.removeprefix("<")[0] for line in lines))
    assert lines[5] == "<3>  Traceback (most recent call last):"
    assert lines[-5:-1] == ["<3>  two", "<6><0>a song", "<3>what", "<3>  mend: this"]


class Verbs:
    """A command of one verb, which breaks."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def add_arguments(self, _parser: object) -> None: ...

    def run(self, _arguments: object) -> int:
        raise self.error


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a verb that raises."""

    def end(error: BaseException) -> int:
        monkeypatch.setattr(_parser, "_verbs", lambda _: {"break": "broken"})
        monkeypatch.setattr(_parser.importlib, "import_module", lambda _: Verbs(error))
        return _parser.run_command_line("mien", "", ModuleType("device.commands"), ["break"])

    return end


def test_a_mistake_of_ours_is_told_with_its_place_and_the_traceback_where_nobody_sits(
    broken: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert broken(KeyError("a\x1b[2J\nmien: all is well")) == 70
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "  Traceback (most recent call last):"
    assert all(line.startswith("  ") for line in said[:-2])
    assert said[-2].startswith("mien: a mistake in mien, KeyError in _parser.py, line ")
    assert said[-1].startswith("  mend: please report it")
    assert "\x1b" not in "".join(said)


def test_at_a_terminal_two_lines_are_enough(
    broken: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert broken(RuntimeError("x")) == 70
    assert len(capsys.readouterr().err.splitlines()) == 2
    monkeypatch.setenv("MIEN_DEBUG", "1")
    assert broken(RuntimeError("x")) == 70
    assert "  Traceback (most recent call last):" in capsys.readouterr().err.splitlines()


def test_a_file_that_nobody_has_foreseen_is_named(broken: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert broken(PermissionError(13, "Permission denied", b"/x\xff\n\x1b[2J")) == 74
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "mien: /x [2J: Permission denied",
        "  mend: see whether it is there and what it should be, and to whom it belongs",
    ]


def test_an_expected_error_is_two_lines_whatever_it_holds(broken: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert broken(MienError("a\nb\x1b[2J", mend="c\u2028d")) == 1
    assert capsys.readouterr().err == "mien: a b[2J\n  mend: c d\n"
