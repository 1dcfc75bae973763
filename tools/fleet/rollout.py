"""Changing a fleet carefully: every box's plan first, then the canary, then the rest, and no further after a failure.

all boxes ─▶ prepare ─▶ plans ─▶ canary ─▶ ready? ─▶ the rest, some at once ─▶ results
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from device.errors import MienError
from device.releases.push_protocol import Plan
from tools.fleet.box import Box, Fleet
from tools.fleet.results import UNKNOWN, Outcome, Result, line_of, unforeseen
from tools.fleet.steps import DeleteSongs, Restart, Step
from tools.transfers import showing

CANARY = "canary"
"""The group of an inventory whose boxes go first; without one the first box does."""

_STATUS_SECONDS = 20.0

_BROKEN_OFF = {
    "playing": "it plays a song now, which the restart will cut off",
    "observing": "it looks at a face now, which the restart will end",
}
"""By the state of a box."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is to be done to a box, or what is in the way."""

    box: Box
    release: str = UNKNOWN
    """The release that the box is on."""
    goal: str = UNKNOWN
    """The release that it will be on."""
    steps: tuple[Step, ...] = ()
    trouble: str = ""
    remarks: tuple[str, ...] = ()
    """What is worth knowing beside the steps."""

    def lines(self, *, detailed: bool) -> Iterator[str]:
        """Say what would change; what is deleted is named in any case."""
        name = self.box.name
        if self.trouble:
            yield line_of(name, f"cannot: {self.trouble}")
        elif not self.steps:
            yield line_of(name, "nothing to do")
        for step in self.steps:
            yield line_of(name, step.describe())
            if detailed or isinstance(step, DeleteSongs):
                yield from (line_of(name, detail, indent=2) for detail in step.details())
        yield from (line_of(name, remark) for remark in self.remarks)


Prepare = Callable[[Box], Prepared]


def prepared(box: Box, plan: Plan, goal: str | None, steps: Iterable[Step], remarks: Iterable[str] = ()) -> Prepared:
    """Put together what a box answered and what follows from it; obstacles leave no steps."""
    release = plan.current or UNKNOWN
    if plan.obstacles:
        trouble = "; ".join(f"{obstacle.what} (mend: {obstacle.mend})" for obstacle in plan.obstacles)
        return Prepared(box, release, trouble=trouble)
    return Prepared(box, release, goal or release, tuple(steps), remarks=tuple(remarks))


Agree = Callable[[Sequence[Prepared]], bool]
"""Says whether those that would be changed may be."""


def roll_out(  # noqa: PLR0913 - each of them is the caller's to choose
    fleet: Fleet,
    prepare: Prepare,
    *,
    dry_run: bool,
    parallel: int,
    say: Say,
    agree: Agree = lambda _: True,
) -> list[Result]:
    """Change every box that needs it; return the results in the fleet's order.

    A box whose plan cannot be had, or that says that something is in the way, is left out from the start: nothing has
    moved to it. Once a box fails in the middle, no further one is begun.

    :param prepare: asks a box for its plan and makes the steps of it.
    :param parallel: boxes that are changed at once.
    :param agree: is asked once the plans are told, with those that would be carried out; nothing moves if it says no.
    """
    answers = {one.box: one for one in fleet.ask(lambda box: _prepare(box, prepare), fleet.boxes)}
    ordered = [answers[box] for box in fleet.boxes]
    for one in ordered:
        for line in one.lines(detailed=dry_run):
            say(line)
    willing = [one for one in ordered if one.steps and not one.trouble]
    results = {one.box: _settled(one) for one in ordered}  # by box: two may go by one name
    if not dry_run and willing and agree(willing):
        with showing(say) as show:
            for one in willing:
                one.box.show = show
            try:
                results |= dict(_in_waves(fleet, willing, parallel=parallel, say=say))
            except KeyboardInterrupt:
                say("Stopped. What has arrived stays, and the same command goes on from there.")
                raise
    return [results[box] for box in fleet.boxes]


def _prepare(box: Box, prepare: Prepare) -> Prepared:
    try:
        return prepare(box)
    except MienError as error:
        return Prepared(box, trouble=_without_name(box, error))
    except Exception as error:  # noqa: BLE001 - one box never ends the command for the others; so below
        return Prepared(box, trouble=unforeseen(error))


def _settled(one: Prepared) -> Result:
    """Return the result of a box before anything is done to it."""
    if one.trouble:
        return Result(one.box.name, Outcome.FAILED, one.release, one.trouble)
    if not one.steps:
        return Result(one.box.name, Outcome.UNCHANGED, one.release)
    return Result(one.box.name, Outcome.PLANNED, one.release, goal=one.goal)


def _in_waves(fleet: Fleet, willing: Sequence[Prepared], *, parallel: int, say: Say) -> Iterator[tuple[Box, Result]]:
    """Carry out the canary's steps, then everybody's."""
    canaries = [one for one in willing if CANARY in one.box.groups] or list(willing[:1])
    others = [one for one in willing if one not in canaries]
    failed: list[str] = []

    def change(one: Prepared) -> tuple[Box, Result]:
        if failed:
            note = f"halted after the failure of {failed[0]}"
            return one.box, Result(one.box.name, Outcome.NOT_TRIED, one.release, note)
        result = _carry_out(one, say)
        if result.outcome is Outcome.FAILED:
            failed.append(result.box)
        return one.box, result

    by_box = {one.box: one for one in willing}
    for wave in (canaries, others):
        yield from fleet.ask(lambda box: change(by_box[box]), [one.box for one in wave], parallel=parallel)


def _carry_out(one: Prepared, say: Say) -> Result:
    began, box = time.monotonic(), one.box
    try:
        for step in one.steps:
            say(line_of(box.name, f"{step.describe()} …"))
            step.carry_out(box)
    except Exception as error:  # noqa: BLE001
        trouble = _without_name(box, error) if isinstance(error, MienError) else unforeseen(error)
        note = f"{step.describe()}: {trouble}"
        say(line_of(box.name, f"FAILED: {note}"))
        return Result(box.name, Outcome.FAILED, UNKNOWN, note, time.monotonic() - began)
    say(line_of(box.name, "done"))
    return Result(box.name, Outcome.DONE, one.goal, _complaint(box), time.monotonic() - began)


def interruption(box: Box, steps: Iterable[Step]) -> Iterator[str]:
    """Say what the steps would break off on a box, as far as it tells."""
    if any(isinstance(step, Restart) for step in steps):
        with suppress(MienError):
            if sentence := _BROKEN_OFF.get(box.status(seconds=_STATUS_SECONDS).state or ""):
                yield sentence


def _complaint(box: Box) -> str:
    """Return the worst that a changed box has to say of itself, nothing if it is well."""
    try:
        problems = box.status(seconds=_STATUS_SECONDS).problems
    except MienError as error:
        return _without_name(box, error)
    except Exception as error:  # noqa: BLE001
        return unforeseen(error)
    return problems[0][1] if problems else ""


def _without_name(box: Box, error: MienError) -> str:
    return f"{error.what.removeprefix(f'{box.name}: ')} (mend: {error.mend})"
