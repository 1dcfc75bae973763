"""Changing a fleet carefully: every box's plan first, then the canary, then the rest, and no further after a failure.

all boxes ─▶ prepare ─▶ plans ─▶ canary ─▶ ready? ─▶ the rest, some at once ─▶ results
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from device.errors import MienError
from device.releases.push_protocol import Plan
from tools.fleet.box import Box, Fleet
from tools.fleet.results import Outcome, Result
from tools.fleet.steps import Step

CANARY = "canary"
"""The group of an inventory whose boxes go first; without one the first box does."""

UNKNOWN = "–"

_STATUS_SECONDS = 20.0

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

    def lines(self, *, detailed: bool) -> Iterator[str]:
        """Say what would change."""
        name = self.box.name
        if self.trouble:
            yield f"{name}: cannot: {self.trouble}"
        elif not self.steps:
            yield f"{name}: nothing to do"
        for step in self.steps:
            yield f"{name}: {step.describe()}"
            if detailed:
                yield from (f"{name}:   {detail}" for detail in step.details())


Prepare = Callable[[Box], Prepared]


def prepared(box: Box, plan: Plan, goal: str | None, steps: Iterable[Step]) -> Prepared:
    """Put together what a box answered and what follows from it; obstacles leave no steps."""
    release = plan.current or UNKNOWN
    if plan.obstacles:
        trouble = "; ".join(f"{obstacle.what} (mend: {obstacle.mend})" for obstacle in plan.obstacles)
        return Prepared(box, release, trouble=trouble)
    return Prepared(box, release, goal or release, tuple(steps))


def roll_out(fleet: Fleet, prepare: Prepare, *, dry_run: bool, parallel: int, say: Say) -> list[Result]:
    """Change every box that needs it; return the results in the fleet's order.

    A box whose plan cannot be had, or that says that something is in the way, is left out from the start: nothing has
    moved to it. Once a box fails in the middle, no further one is begun.

    :param prepare: asks a box for its plan and makes the steps of it.
    :param parallel: boxes that are changed at once.
    """
    answers = {one.box: one for one in fleet.ask(lambda box: _prepare(box, prepare), fleet.boxes)}
    ordered = [answers[box] for box in fleet.boxes]
    for one in ordered:
        for line in one.lines(detailed=dry_run):
            say(line)
    willing = [one for one in ordered if one.steps and not one.trouble]
    results = {one.box.name: _settled(one) for one in ordered}
    if not dry_run:
        results |= {result.box: result for result in _in_waves(fleet, willing, parallel=parallel, say=say)}
    return [results[box.name] for box in fleet.boxes]


def _prepare(box: Box, prepare: Prepare) -> Prepared:
    try:
        return prepare(box)
    except MienError as error:
        return Prepared(box, trouble=_without_name(box, error))


def _settled(one: Prepared) -> Result:
    """Return the result of a box before anything is done to it."""
    if one.trouble:
        return Result(one.box.name, Outcome.FAILED, one.release, one.trouble)
    return Result(one.box.name, Outcome.PLANNED if one.steps else Outcome.UNCHANGED, one.release)


def _in_waves(fleet: Fleet, willing: Sequence[Prepared], *, parallel: int, say: Say) -> Iterator[Result]:
    """Carry out the canary's steps, then everybody's."""
    canaries = [one for one in willing if CANARY in one.box.groups] or list(willing[:1])
    others = [one for one in willing if one not in canaries]
    failed: list[str] = []

    def change(one: Prepared) -> Result:
        if failed:
            note = f"halted after the failure of {failed[0]}"
            return Result(one.box.name, Outcome.NOT_TRIED, one.release, note)
        result = _carry_out(one, say)
        if result.outcome is Outcome.FAILED:
            failed.append(result.box)
        return result

    by_box = {one.box: one for one in willing}
    for wave in (canaries, others):
        yield from fleet.ask(lambda box: change(by_box[box]), [one.box for one in wave], parallel=parallel)


def _carry_out(one: Prepared, say: Say) -> Result:
    began, name = time.monotonic(), one.box.name
    try:
        for step in one.steps:
            say(f"{name}: {step.describe()} …")
            step.carry_out(one.box)
    except MienError as error:
        note = f"{step.describe()}: {_without_name(one.box, error)}"
        say(f"{name}: FAILED: {note}")
        return Result(name, Outcome.FAILED, UNKNOWN, note, time.monotonic() - began)
    say(f"{name}: done")
    return Result(name, Outcome.DONE, one.goal, _complaint(one.box), time.monotonic() - began)


def _complaint(box: Box) -> str:
    """Return the worst that a changed box has to say of itself, nothing if it is well."""
    try:
        problems = box.status(seconds=_STATUS_SECONDS)["problems"]
    except MienError as error:
        return _without_name(box, error)
    return str(problems[0]["what"]) if problems else ""


def _without_name(box: Box, error: MienError) -> str:
    return f"{error.what.removeprefix(f'{box.name}: ')} (mend: {error.mend})"
