"""From a folder of music to the box that plays it, one step after the other; each is a verb of its own as well.

log in ─▶ analyse ─▶ report ─▶ pack ─▶ plan ─▶ ask ─▶ push ─▶ what the box does now

The login comes first: who has listened to ten thousand songs should not learn then that no key is known there. What
listens and draws runs in a process of its own, since what pyinfra brings changes Python's threads for good. Every step
leaves behind what it has done, so that the same command goes on wherever it was stopped.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from device.errors import MienError, ReleaseError
from device.files.untrusted import plain
from device.releases.manifest import FACE_MODEL, MUSIC_MODEL, SIGNATURE, Manifest
from device.releases.push_protocol import Plan, PushOffer
from tools.arguments import SHIPPED
from tools.errors import FleetError
from tools.fleet.box import Box, Fleet, ask_plan
from tools.fleet.push import Pushing, load_contents
from tools.fleet.results import Outcome, Result, clean, count_of, exit_code, line_of, summary_lines
from tools.fleet.rollout import Prepared, roll_out
from tools.releases.kept import Kept
from tools.releases.packing import dated_id, pack_release, refuse_odd_id, sign_release

SOME_SKIPPED = 3
"""The exit code of an analysis that passed some files over, and wrote its table: the verb's own ``SOME_SKIPPED``."""

_STATUS_SECONDS = 20.0
_PATIENCE_SECONDS = 10.0  # for the last words of a verb that Ctrl-C ends
_RUN = "import sys; sys.path.insert(0, sys.argv.pop(1)); from tools.__main__ import main; sys.exit(main())"
"""Runs a verb of this very mien-tools, whatever lies in the folder that the owner stands in."""

Say = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Bringing:
    """What is to be brought where, and how."""

    arguments: argparse.Namespace
    """As ``mien-tools bring`` declares them."""
    kept: Kept
    say: Say
    listen: Callable[[], str] = sys.stdin.readline
    """Waits for the owner's answer."""

    def carry_out(self, fleet: Fleet) -> int:
        """Do all of it; return the exit code: that of the analysis if it fails, else that of the push.

        :raises MienError: if a step fails; the next call goes on there.
        """
        plans = self._log_in(fleet)
        if code := self._analyse():
            self.say("Nothing was sent. Once that is mended, the same command goes on.")
            return code
        self._report()
        self._pack(plans)
        results = self._push(fleet)
        self._tell(fleet, results)
        return exit_code(results)

    def _log_in(self, fleet: Fleet) -> Sequence[Plan]:
        """Ask every box for a word; return what they said."""
        self._head(1, "logging in")
        answers = list(fleet.ask(_greet, fleet.boxes))
        for box, answer in answers:
            if isinstance(answer, Plan):
                self.say(line_of(box.name, f"logged in; it is on release {clean(answer.current)}"))
            elif len(answers) > 1:
                self.say(line_of(box.name, f"cannot: {answer.what} (mend: {answer.mend})"))
        plans = [answer for _, answer in answers if isinstance(answer, Plan)]
        for _, answer in answers:
            if not plans and isinstance(answer, MienError):
                raise answer
        return plans

    def _analyse(self) -> int:
        """Listen; return 0, or the exit code of an analysis that wrote no table and has said why."""
        self._head(2, f"listening to {self.arguments.music}; what was heard is kept in {self.kept.folder}")
        self.kept.folder.mkdir(parents=True, exist_ok=True)
        given = ["--model", str(self.arguments.model), "--least-seconds", str(self.arguments.least_seconds)]
        code = _verb("analyse", str(self.arguments.music), "--table", str(self.kept.table), *given)
        return 0 if code == SOME_SKIPPED else code

    def _report(self) -> None:
        self._head(3, "drawing the report")
        name = plain(self.arguments.music.resolve().name) or "Music"
        if _verb("report", str(self.kept.table), "--out", str(self.kept.report), f"--name={name}"):
            self.say("no report could be drawn; the songs can be brought without it")

    def _pack(self, plans: Iterable[Plan]) -> None:
        """Put the release together, under a new id if anything in it is new."""
        self._head(4, "packing the release")
        self.kept.lay_out({FACE_MODEL: SHIPPED / FACE_MODEL, MUSIC_MODEL: self.arguments.model})
        packed, wished, key = self.kept.packed_id(), self.arguments.release_id, self.arguments.sign
        if packed and wished in {None, packed}:
            self.say(f"{packed}: nothing in it is new")
        else:
            known = (self.kept.last_id(), *(name for plan in plans for name in (plan.current, plan.previous)))
            today = datetime.now().astimezone().date()
            manifest: Manifest = pack_release(self.kept.release, wished or dated_id(today, list(filter(None, known))))
            self.say(f"{manifest.release_id}: packed in {self.kept.release}")
        if key and not (self.kept.release / SIGNATURE).exists():
            sign_release(self.kept.release, key)
            self.say(f"signed with {key}")

    def _push(self, fleet: Fleet) -> Sequence[Result]:
        self._head(5, "asking the box what it lacks" if len(fleet.boxes) == 1 else "asking the boxes what they lack")
        arguments = self.arguments
        contents = load_contents(self.kept.release, arguments.music)
        for warning in contents.warnings():
            self.say(warning)
        pushing = Pushing(contents, delete=False, patience_seconds=arguments.patience)
        return roll_out(
            fleet,
            pushing.prepare,
            dry_run=arguments.dry_run,
            parallel=arguments.parallel,
            say=self.say,
            agree=self._agrees,
        )

    def _agrees(self, willing: Sequence[Prepared]) -> bool:
        """Ask the owner, unless the command line has answered already; no answer is no."""
        if self.arguments.yes:
            return True
        self.say("", f"Do this to {', '.join(clean(one.box.name) for one in willing)}? [Y/n]")
        answer = self.listen()
        agreed = answer.endswith("\n") and answer.strip().lower() in {"", "y", "yes"}
        if not agreed:
            self.say("Nothing was sent. The same command asks again.")
        return agreed

    def _tell(self, fleet: Fleet, results: Sequence[Result]) -> None:
        """Say how it ended, and what each box does now."""
        self.say("", *summary_lines(results))
        for box, result in zip(fleet.boxes, results, strict=True):
            if result.outcome in {Outcome.DONE, Outcome.UNCHANGED}:
                for line in _now(box):
                    self.say(line_of(box.name, line))
        self.say(f"The report about your music: {self.kept.report / 'report.html'}")

    def _head(self, number: int, doing: str) -> None:
        self.say("", f"{number}/5 {doing}")


def refuse_to_guess(arguments: argparse.Namespace) -> None:
    """Refuse before the long work what would fail after it: no music, no id, or nobody who could be asked.

    :raises MienError: saying which.
    """
    if not arguments.music.is_dir():
        what = f"{arguments.music}: there is no such folder"
        raise ReleaseError(what, mend="first your music's folder, then the box: mien-tools bring ~/Music pi@mien.local")
    if arguments.release_id is not None:
        refuse_odd_id(arguments.release_id)
    if not (arguments.yes or arguments.dry_run or sys.stdin.isatty()):
        what = "there is nobody to ask before anything is sent"
        raise FleetError(what, mend="add --yes to send without a question, or --dry-run to see the plan alone")


def _greet(box: Box) -> tuple[Box, Plan | MienError]:
    try:
        return box, ask_plan(box, PushOffer())
    except MienError as error:
        return box, error


def _now(box: Box) -> Iterable[str]:
    """Say what a box does now."""
    with suppress(MienError):
        status = box.status(seconds=_STATUS_SECONDS)
        songs = "" if status.songs_loaded is None else f", with {count_of(status.songs_loaded, 'song')}"
        state = "at fault" if status.state == "fault" else clean(status.state)
        yield f"it is {state} on release {clean(status.release_id)}{songs}"
        for severity, what in status.problems:
            yield f"{severity.value}: {what}"
        if status.state == "fault":
            yield f"what is wrong, and the mend: {box.ssh} mien doctor"
        else:
            yield f"press its button, or say: {box.ssh} mien press"


def _verb(*words: str) -> int:
    """Run a verb of mien-tools in a process of its own, and return its exit code.

    :raises KeyboardInterrupt: on Ctrl-C, once the verb has ended as well.
    """
    root = str(Path(__file__).parents[2])
    with subprocess.Popen([sys.executable, "-P", "-c", _RUN, root, *words]) as running:  # noqa: S603 - no shell here
        try:
            return running.wait()
        except KeyboardInterrupt:
            with suppress(subprocess.TimeoutExpired):  # the terminal has told it too, and it has words to say
                running.wait(_PATIENCE_SECONDS)
            running.terminate()
            raise
