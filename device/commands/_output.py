"""What a command says: the one door to the terminal, for both command lines and the daemon's log.

Tags, file names and the words of other machines come through here, whoever asked for them. A line goes out as one line,
without anything that a terminal would obey or that cannot be written. A test holds that nothing else of ours prints.

Where systemd has connected a stream to the journal, every line begins with its syslog priority, ``<4>`` for a warning,
which the journal takes off again (sd-daemon(3)): ``journalctl -u mien -p warning`` finds what is amiss, and a song by
the name of ``<0>`` is no emergency. For the journal's own protocol it would take one more socket, and systemd-python.
"""

import io
import json
import logging
import os
import shutil
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TextIO

from device.errors import MienError
from device.files.untrusted import LONGEST_LINE, printable

_log = logging.getLogger(__name__)

_ERROR, _WARNING, _INFO, _DEBUG = 3, 4, 6, 7  # syslog(3)
_PRIORITIES = {logging.CRITICAL: 2, logging.ERROR: _ERROR, logging.WARNING: _WARNING, logging.INFO: _INFO}


class OutputError(MienError):
    """What a command said found no place."""

    exit_code = 74  # EX_IOERR of sysexits.h


def open_door() -> None:
    """Prepare standard output, standard error and the log; what a terminal's encoding lacks is written as an escape."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # the caller has closed it
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - until the process ends
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(LogFormatter("%(levelname)s %(name)s: %(message)s", sys.stdout))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    threading.excepthook = _thread_broke
    warnings.formatwarning = _warning_line


def say(*lines: object, most: int | None = LONGEST_LINE) -> None:
    """Print each of the lines as one line, at once.

    :param most: None for what must not be cut off, since a program reads it.
    :raises OutputError: if it cannot be written; BrokenPipeError if the reader left.
    """
    with _telling():
        sys.stdout.write(_prioritised([printable(str(line), most=most) for line in lines], _INFO, sys.stdout))
        sys.stdout.flush()


def say_json(document: object) -> None:
    """Print a JSON document, in which everything beyond ASCII is escaped."""
    say(*json.dumps(document, indent=1).split("\n"), most=None)


def say_bytes(content: bytes) -> None:
    """Write bytes as they are: for a file that another program reads, never for a terminal.

    :raises OutputError: if they cannot be written; BrokenPipeError if the reader left.
    """
    with _telling():
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.flush()


def complain(*lines: object) -> None:
    """Print each of the lines as one line on standard error; in the journal they are errors."""
    with suppress(OSError):  # to whom could that be told?
        sys.stderr.write(_prioritised([printable(str(line)) for line in lines], _ERROR, sys.stderr))
        sys.stderr.flush()


def terminal_columns() -> int | None:
    """Return how wide the terminal is that standard output goes to; None if it goes to a file or a program."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def flush() -> None:
    """Write what waits to be written.

    :raises OutputError: if it cannot be written; BrokenPipeError if the reader left.
    """
    with _telling():
        sys.stdout.flush()


@contextmanager
def _telling() -> Iterator[None]:
    """Translate the errors of standard output, and write no more to it after one.

    Python would otherwise try again with what still waits when it ends, and complain at length.
    """
    try:
        yield
    except OSError as error:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a Path would not be shorter
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        what = f"standard output cannot be written ({error.strerror})"
        raise OutputError(what, mend="make room where it leads to, or let it lead elsewhere") from error


def trace_lines(error: BaseException) -> list[str]:
    """Return the traceback, set in so that no line of it looks like one of the log's own."""
    text = "".join(traceback.format_exception(error))
    return [f"  {printable(line)}" for line in text.rstrip("\n").split("\n")]


class LogFormatter(logging.Formatter):
    """Writes a message as one line, and below it the traceback if there is one."""

    def __init__(self, fmt: str, stream: TextIO) -> None:
        """Write messages by ``fmt``, %-style, for a stream that may be the journal's."""
        super().__init__(fmt)
        self._stream = stream

    def format(self, record: logging.LogRecord) -> str:
        """Return the line or lines of a record."""
        record.message = record.getMessage()
        lines = [printable(self.formatMessage(record))]
        if record.exc_info and record.exc_info[1]:
            lines += trace_lines(record.exc_info[1])
        priority = next((number for level, number in _PRIORITIES.items() if record.levelno >= level), _DEBUG)
        return _prioritised(lines, priority, self._stream).removesuffix("\n")


def _prioritised(lines: Sequence[str], priority: int, stream: TextIO) -> str:
    """Join lines for a stream: each ends, and to the journal each begins with the priority.

    $JOURNAL_STREAM of systemd.exec(5) names the journal's file. Programs whose output goes elsewhere inherit it too.
    """
    try:
        file = os.fstat(stream.fileno())
    except (OSError, ValueError):  # it is none of the system's, or closed
        file = None
    journal = file is not None and os.environ.get("JOURNAL_STREAM") == f"{file.st_dev}:{file.st_ino}"
    return "".join(f"<{priority}>{line}\n" if journal else f"{line}\n" for line in lines)


def _warning_line(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    line: str | None = None,  # noqa: ARG001 - the names are Python's own
) -> str:
    said = printable(f"{filename}:{lineno}: {category.__name__}: {message}")
    return _prioritised([said], _WARNING, sys.stderr)


def _thread_broke(broken: threading.ExceptHookArgs) -> None:
    if broken.exc_value is not None:
        name = broken.thread.name if broken.thread else "a thread"
        _log.error("%s broke", name, exc_info=broken.exc_value)
