"""How many broken answers end a fleet command (0 is wanted): ``python -m tests.benchmarks.fleet_fuzz [COUNT]``."""

import sys
import time

from device.errors import MienError
from device.releases.push_protocol import read_offer
from tests.tools.fleet.conftest import MODELS
from tests.tools.fleet.mutations import mutated, seeded
from tests.tools.fleet.test_hostile_answers import OFFER, PLAN, STATUS, Answering, fleet_of
from tools.fleet.box import Fleet
from tools.fleet.push import Pushing, load_contents
from tools.fleet.results import summary_lines
from tools.fleet.rollout import roll_out
from tools.fleet.status import look_at

MANY = 100_000
AT_ONCE = 5_000


def main(count: int) -> None:
    """Answer ``count`` times with each kind of document."""
    pushing = Pushing(load_contents(MODELS, MODELS / "demo_library"), delete=True, patience_seconds=0.001)
    for name, trial in (("status", _status), ("plan", lambda boxes: _plan(boxes, pushing)), ("offer", None)):
        began, faults = time.monotonic(), 0
        for seed in range(0, count, AT_ONCE):
            if trial is None:
                faults += _offers(seed)
            else:
                faults += sum(
                    "a fault of mien-tools" in line for line in trial(fleet_of(_DOCUMENTS[name], AT_ONCE, seed))
                )
        print(f"{name:8} {count} answers: {faults} unforeseen, {time.monotonic() - began:.0f} s")


def _status(boxes: list[Answering]) -> list[str]:
    return [one.line(8) for one in Fleet(boxes).ask(lambda box: look_at(box, seconds=1), boxes)]


def _plan(boxes: list[Answering], pushing: Pushing) -> list[str]:
    return summary_lines(roll_out(Fleet(boxes), pushing.prepare, dry_run=True, parallel=20, say=lambda _: None))


def _offers(seed: int) -> int:
    chance, faults = seeded(seed), 0
    for _ in range(AT_ONCE):
        try:
            read_offer(mutated(OFFER, chance))
        except MienError:
            pass
        except Exception as error:  # noqa: BLE001 - what is looked for
            print(f"  {type(error).__name__}: {error}")
            faults += 1
    return faults


_DOCUMENTS = {"status": STATUS, "plan": PLAN}

if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else MANY)
