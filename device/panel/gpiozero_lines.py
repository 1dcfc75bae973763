"""A Raspberry Pi's lines by gpiozero and lgpio: how they are opened, and what goes wrong in this project's words."""

import os
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Any

from device.errors import PanelError


def _open_lgpio(chip: int | None) -> Any:  # noqa: ANN401 - gpiozero has no types
    """Return gpiozero's access to the lines of a chip by lgpio, for whoever closes it.

    :param chip: its number; None for gpiozero's choice (4 on a Pi 5 that has it, else 0).
    """
    with _in_folder_of_its_own():
        from gpiozero.pins.lgpio import LGPIOFactory  # noqa: PLC0415 - needs lgpio, which only a box has

        return LGPIOFactory(chip=chip)


@contextmanager
def lines_taken(lines: str, *, chip: int | None, pin_factory: Any) -> Generator[tuple[ExitStack, Any]]:  # noqa: ANN401
    """Give the access to the lines, and what closes it again unless all that is taken from there is kept.

    :param lines: their names, for a person.
    :param chip: number of the gpiochip; None for gpiozero's choice.
    :param pin_factory: the access, if there is one already; None for lgpio's, which is closed with the rest.
    :raises PanelError: for whatever goes wrong meanwhile.
    """
    with _translated(lines), ExitStack() as opened:
        if pin_factory is None:
            pin_factory = _open_lgpio(chip)
            opened.callback(pin_factory.close)
        yield opened, pin_factory


@contextmanager
def _in_folder_of_its_own() -> Generator[None]:
    """Work in a new folder, which is then taken away.

    lgpio makes a pipe as it is imported, ``.lgd-nfy0`` say, in the folder that LG_WD names or else the working folder;
    its Python part looks in the latter only. Once both ends are open it needs no name any more, and whoever types
    ``mien doctor`` in a folder of their own has no use for it.
    """
    before = os.open(".", os.O_PATH)  # which needs no leave to read it, as getcwd would
    named = os.environ.get("LG_WD")
    try:
        with tempfile.TemporaryDirectory(prefix="mien-lgpio-") as folder:
            os.environ["LG_WD"] = folder
            os.chdir(folder)
            try:
                yield
            finally:
                os.fchdir(before)
    finally:
        os.close(before)
        os.environ.pop("LG_WD", None)
        if named is not None:
            os.environ["LG_WD"] = named


@contextmanager
def _translated(lines: str) -> Generator[None]:
    """Turn what gpiozero and lgpio raise into :class:`PanelError`."""
    try:
        yield
    except ImportError as error:
        what = f"{lines}: gpiozero and lgpio are needed ({error})"
        mend = (
            "sudo apt install python3-lgpio; in an environment of your own: python3 -m venv --system-site-packages; "
            'without a button and an LED: driver = "simulated" under [panel]'
        )
        raise PanelError(what, mend=mend) from error
    except Exception as error:  # lgpio's errors have no common base that can be named without lgpio
        what = f"{lines}: cannot be used ({error})"
        mend = (
            "free the lines, name others under [panel], and add the user to the group gpio; "
            'off a Raspberry Pi set driver = "simulated"'
        )
        raise PanelError(what, mend=mend) from error
