"""One sentence for each box at the end: what was changed."""

from pyinfra import logger
from pyinfra.api.host import Host
from pyinfra.api.state import BaseStateCallback, State


class ChangeReport(BaseStateCallback):
    """Says what changed as pyinfra takes its leave of a box."""

    @staticmethod
    def host_disconnect(state: State, host: Host) -> None:
        """Name the steps that changed something; nothing after a dry run, which names them itself."""
        done = [step for step in state.get_op_order() if step in state.ops[host]]  # type: ignore[no-untyped-call]
        complete = [step for step in done if state.ops[host][step].operation_meta.is_complete()]
        if not complete:
            return
        changed = [
            min(state.get_op_meta(step).names).removeprefix("mien | ")
            for step in complete
            if state.ops[host][step].operation_meta.did_change()
        ]
        logger.info(f"{host.print_prefix}{'changed: ' + ', '.join(changed) if changed else 'no change'}")


def report_changes(state: State) -> None:
    """Have the changes of this run named at its end, once however many boxes it has."""
    if not any(isinstance(handler, ChangeReport) for handler in state.callback_handlers):
        state.add_callback_handler(ChangeReport())  # type: ignore[no-untyped-call]
