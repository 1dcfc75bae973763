"""The daemon's side of the status socket: one thread for everybody who asks, whatever they do.

    listener ─▶ at most 16 conversations ─▶ one request at a time ─▶ service ─▶ answer

A conversation is idle, asks, or is answered, and each of these may last some seconds; the bytes that it holds are
bounded. Whoever is one too many pushes out the one whose last answer is longest ago. Nothing that an asker does ends
the thread, and with nobody there it does not wake.
"""

import json
import logging
import selectors
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from device.errors import ControlError
from device.files.untrusted import parse_json, plain
from device.status.control_socket import LONGEST_ANSWER_BYTES, Answer
from device.status.control_socket_file import ControlSocketFile

_log = logging.getLogger(__name__)

Service = Callable[[Answer], Answer]

MOST_CONVERSATIONS = 16
LONGEST_REQUEST_BYTES = 4096

_PATIENCE_SECONDS = 10.0
"""For an asker to begin, to end a request that was begun, and to take an answer."""

_LOOK_SECONDS = 2.0
"""How often it is looked whether the socket is still there."""

_MOST_LOOKS_AT_ONE_TURN = 15
"""A turn takes milliseconds. One that goes on through so many looks will not come to its end."""

_RETRY_SECONDS = 0.5
_MOST_UNHEARD_BYTES = 1 << 20
_LOG_SECONDS = 60.0
_END_SECONDS = 2.0
_PEER = struct.Struct("3i")  # process, user and group, as SO_PEERCRED tells them


class ControlServer:
    """Answers requests on a socket file."""

    def __init__(self, place: Path | ControlSocketFile, service: Service) -> None:
        """Make the socket; nobody is answered before :meth:`start`.

        :param place: where it is to be; a file that was taken before is given back by :meth:`close` like one that was
            not.
        :param service: turns a request into its answer, always in the same thread, and should take no longer than an
            asker waits; a ValueError becomes an error for the asker.
        :raises ControlError: if another daemon is there, or the socket cannot be made.
        """
        self._service = service
        self._file = place if isinstance(place, ControlSocketFile) else ControlSocketFile(place)
        try:
            self._listener = self._file.listen()
        except BaseException:
            self._file.close()
            raise
        self._waker, self._sleeper = socket.socketpair()
        self._waker.settimeout(0)
        self._sleeper.settimeout(0)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._sleeper, selectors.EVENT_READ)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._conversations: list[_Conversation] = []
        self._deaf_until: float | None = None
        self._closing = False
        self._complain = _SparseLog()
        self._pace = _Pace()
        self._turns = 0
        self._look_at, self._turn_seen, self._looks_at_it = 0.0, 0, 0
        self._thread = threading.Thread(target=self._run, name="control", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def keep(self) -> None:
        """See to it that the daemon can be asked: a socket file that was removed is made anew, a little later.

        To be called every now and then, by another thread; most calls cost nothing.

        :raises ControlError: if nobody answers any more, nor will.
        """
        now = time.monotonic()
        if now < self._look_at and self._thread.is_alive():
            return
        self._look_at = now + _LOOK_SECONDS
        turn = self._turns
        self._looks_at_it = self._looks_at_it + 1 if turn == self._turn_seen and turn % 2 else 0
        self._turn_seen = turn
        if not self._thread.is_alive() or self._looks_at_it >= _MOST_LOOKS_AT_ONE_TURN:
            what = f"{self._file.path}: the daemon does not answer there any more"
            raise ControlError(what, mend="start it again: sudo systemctl restart mien; its log tells why")
        if not self._file.is_there:
            self._wake()

    def close(self) -> None:
        """End every conversation, remove the socket file and give its name back."""
        self._closing = True
        self._wake()
        if self._thread.is_alive():
            self._thread.join(_END_SECONDS)
        if not self._thread.is_alive():
            self._close_everything()
        self._file.close()

    def _wake(self) -> None:
        with suppress(OSError):  # it has plenty to wake up for, or is at its end
            self._waker.send(b"\0")

    def _close_everything(self) -> None:
        for conversation in self._conversations:
            conversation.close()
        self._selector.close()
        for end in (self._listener, self._waker, self._sleeper):
            end.close()

    def _run(self) -> None:
        while not self._closing:
            try:
                self._turn()
            except Exception:  # noqa: BLE001 - whatever it is, the next one may ask
                self._complain("the control socket is in trouble", with_traceback=True)
                time.sleep(_RETRY_SECONDS)
        for conversation in self._conversations:
            conversation.close()

    def _turn(self) -> None:
        """Wait for anything to happen, and give everybody a step."""
        self._turns += self._turns % 2  # even while it waits
        ready = {key.fileobj for key, _ in self._selector.select(self._time_to_wait())}
        self._turns += 1
        now = time.monotonic()
        if self._sleeper in ready:
            with suppress(BlockingIOError):
                self._sleeper.recv(4096)
            if not self._closing:
                self._renew()
        for conversation in list(self._conversations):
            if conversation.connection in ready or conversation.has_request:
                self._attend(conversation)
        for conversation in [late for late in self._conversations if late.until <= now]:
            self._dismiss(conversation)
        if self._listener in ready:  # one a turn, so that who came in before can be heard before being one too many
            self._admit()
        if self._deaf_until is not None and self._deaf_until <= now:
            self._listen()
        self._pace.rest()

    def _time_to_wait(self) -> float | None:
        """Return seconds; None for as long as it takes."""
        if any(conversation.has_request for conversation in self._conversations):
            return 0.0
        moments = [conversation.until for conversation in self._conversations]
        moments += [] if self._deaf_until is None else [self._deaf_until]
        return max(min(moments) - time.monotonic(), 0.0) if moments else None

    def _attend(self, conversation: "_Conversation") -> None:
        try:
            conversation.step()
            if (line := conversation.next_request()) is not None:
                conversation.answer(self._answer(line))
            if conversation.is_over:
                self._dismiss(conversation)
            else:
                self._selector.modify(conversation.connection, conversation.waits_for, conversation)
        except OSError:  # the asker went away
            self._dismiss(conversation)
        except Exception:  # noqa: BLE001 - whatever it is, it was this one's
            self._complain("a control connection is in trouble", with_traceback=True)
            self._dismiss(conversation)

    def _admit(self) -> bool:
        """Let in the one who knocked first; False if nobody did, or it could not be done."""
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):  # gone again
            return False
        except Exception as error:  # noqa: BLE001 - too many files are open, most likely
            self._complain(f"a control connection was not taken ({error})")
            self._selector.unregister(self._listener)
            self._deaf_until = time.monotonic() + _RETRY_SECONDS
            return False
        try:
            conversation = _Conversation(connection)
            self._selector.register(connection, selectors.EVENT_READ, conversation)
        except BaseException:
            connection.close()
            raise
        self._conversations.append(conversation)
        if len(self._conversations) > MOST_CONVERSATIONS:
            self._dismiss(self._one_too_many())
        return True

    def _one_too_many(self) -> "_Conversation":
        """Return whose last answer is longest ago, of the user who has most of the conversations."""
        counts = Counter(conversation.user for conversation in self._conversations)
        most = max(counts.values())
        crowd = [conversation for conversation in self._conversations if counts[conversation.user] == most]
        return min(crowd, key=lambda conversation: conversation.served_at)

    def _dismiss(self, conversation: "_Conversation") -> None:
        with suppress(KeyError, ValueError):  # it is closed already, or never came so far
            self._selector.unregister(conversation.connection)
        conversation.close()
        self._conversations.remove(conversation)

    def _listen(self) -> None:
        self._deaf_until = None
        self._selector.register(self._listener, selectors.EVENT_READ)

    def _renew(self) -> None:
        """Make the socket anew if its file is gone, or another lies in its place."""
        if self._file.is_there:
            return
        try:
            listener = self._file.listen()
        except ControlError as error:
            self._complain(error.what)
            return
        for _ in range(MOST_CONVERSATIONS):  # who knocked before
            if not self._admit():
                break
        if self._deaf_until is None:
            self._selector.unregister(self._listener)
        self._listener.close()
        self._listener = listener
        self._listen()
        _log.warning("%s was removed, and is there again", self._file.path)

    def _answer(self, line: bytes) -> bytes:
        try:
            answer = _line(self._service(_request(line)))
        except (ValueError, RecursionError) as error:
            return _line({"error": plain(str(error))})
        except Exception as error:  # noqa: BLE001 - whatever breaks, the asker hears of it
            self._complain("a request could not be answered", with_traceback=True)
            return _line({"error": f"the daemon could not answer ({type(error).__name__}): its log tells why"})
        if len(answer) > LONGEST_ANSWER_BYTES:
            return _line({"error": f"the answer would be longer than {LONGEST_ANSWER_BYTES} bytes"})
        return answer


class _Conversation:
    """One asker: what was heard of a request, and what is left of an answer. Every step may raise OSError."""

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(0)
        self.connection = connection
        _, self.user, _ = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
        self.served_at = time.monotonic()
        """When the last answer was taken, or the conversation began."""
        self.until = self.served_at + _PATIENCE_SECONDS
        """When patience with what it does now is at its end."""
        self._heard = bytearray()
        self._unsent = memoryview(b"")
        self._ended = False  # on their side: what was said is answered all the same
        self._last = False

    @property
    def has_request(self) -> bool:
        """Whether a request waits to be answered."""
        return not self._unsent and b"\n" in self._heard

    @property
    def waits_for(self) -> int:
        return selectors.EVENT_WRITE if self._unsent else selectors.EVENT_READ

    @property
    def is_over(self) -> bool:
        return not self._unsent and (self._last or (self._ended and not self._heard))

    def step(self) -> None:
        """Send what can be sent, or else hear what was said."""
        if self._unsent:
            self._send()
        elif not self.has_request:
            self._hear()

    def next_request(self) -> bytes | None:
        """Take the next whole request, once the answer before it is on its way."""
        if self._unsent or not (self.has_request or (self._heard and (self._ended or self._is_too_long))):
            return None
        self._last = self._is_too_long
        end = self._heard.find(b"\n") + 1 or len(self._heard)
        line = bytes(self._heard[:end])
        del self._heard[:end]
        return line

    def answer(self, content: bytes) -> None:
        self._unsent = memoryview(content)
        self._be_patient()
        self._send()

    def close(self) -> None:
        if self._last:  # what is left unheard would reach them as a broken connection, before the answer does
            with suppress(OSError):
                self.connection.recv(_MOST_UNHEARD_BYTES)
        self.connection.close()

    @property
    def _is_too_long(self) -> bool:
        return len(self._heard) > LONGEST_REQUEST_BYTES and b"\n" not in self._heard

    def _hear(self) -> None:
        try:
            more = self.connection.recv(LONGEST_REQUEST_BYTES + 1)
        except BlockingIOError:
            return
        if more and not self._heard:
            self._be_patient()
        self._ended = not more
        self._heard += more

    def _send(self) -> None:
        with suppress(BlockingIOError):
            self._unsent = self._unsent[self.connection.send(self._unsent) :]
        if not self._unsent:
            self._be_patient()
            self.served_at = time.monotonic()

    def _be_patient(self) -> None:
        self.until = time.monotonic() + _PATIENCE_SECONDS


class _Pace:
    """Holds its thread to a quarter of a processor once somebody keeps it busy: song and camera need the rest."""

    _SHARE, _FREE_SECONDS, _LONGEST_REST_SECONDS = 0.25, 0.1, 0.25

    def __init__(self) -> None:
        self._used, self._at, self._ahead = 0.0, time.monotonic(), 0.0

    def rest(self) -> None:
        """Sleep for as long as the thread is ahead of its share."""
        used, now = time.thread_time(), time.monotonic()
        self._ahead = max(self._ahead - self._SHARE * (now - self._at), 0.0) + used - self._used
        self._used, self._at = used, now
        if self._ahead > self._FREE_SECONDS:
            time.sleep(min((self._ahead - self._FREE_SECONDS) / self._SHARE, self._LONGEST_REST_SECONDS))


class _SparseLog:
    """Says the same at most once a minute: what anybody can cause is not to fill the journal."""

    def __init__(self) -> None:
        self._silent_until: dict[str, float] = {}

    def __call__(self, words: str, *, with_traceback: bool = False) -> None:
        now = time.monotonic()
        self._silent_until = {said: until for said, until in self._silent_until.items() if until > now}
        if words not in self._silent_until:
            self._silent_until[words] = now + _LOG_SECONDS
            _log.warning("%s", words, exc_info=with_traceback)


def _request(line: bytes) -> Answer:
    if len(line) > LONGEST_REQUEST_BYTES:
        msg = f"a request is no longer than {LONGEST_REQUEST_BYTES} bytes"
        raise ValueError(msg)
    request = parse_json(line)
    if not isinstance(request, dict):
        msg = "a request is a JSON object"
        raise ValueError(msg)  # noqa: TRY004 - answered like every other unusable request
    return request


def _line(answer: Answer) -> bytes:
    return json.dumps(answer).encode() + b"\n"
