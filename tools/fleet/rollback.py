"""A rollback as the rollout sees it: where a box's way back leads, and the steps on it."""

from dataclasses import dataclass

from device.releases.push_protocol import PushOffer
from tools.errors import FleetError
from tools.fleet.box import Box, ask_plan
from tools.fleet.rollout import Prepared, interruption, prepared
from tools.fleet.steps import GoBack, Restart


@dataclass(frozen=True, slots=True)
class RollingBack:
    """The way back, which every box knows for itself."""

    patience_seconds: float

    def prepare(self, box: Box) -> Prepared:
        """Ask a box where its way back leads.

        :raises MienError: if it cannot be asked, or has none.
        """
        plan = ask_plan(box, PushOffer())
        if plan.previous is None:
            what = f"it has no release before {plan.current}"
            raise FleetError(what, mend="push another release")
        steps = (GoBack(plan.current or "", plan.previous), Restart(plan.previous, self.patience_seconds))
        return prepared(box, plan, plan.previous, steps, interruption(box, steps))
