"""What several verbs take on their command lines: options, and numbers for argparse's ``type``."""

import argparse
import math
from pathlib import Path
from typing import Literal

SHIPPED = Path(__file__).parents[1] / "models"
"""The release that ships: in a checkout, and wherever a wheel was installed, it lies beside this package."""

PLANES = ("octants", "grid")
LABEL_RULES = ("source", "even", "largest")
"""The values of :data:`device.emotion.vectors.Plane` and of :data:`tools.music_emotion.datasets.labels.LabelRule`,
which load numpy; the default is first."""


def add_data(parser: argparse.ArgumentParser, about: str) -> None:
    """Declare ``--data``: one or several data sets."""
    parser.add_argument("--data", type=Path, required=True, nargs="+", metavar="PATH", help=about)


def add_out(parser: argparse.ArgumentParser, about: str, *, metavar: str = "FOLDER") -> None:
    """Declare ``--out``: where the result goes."""
    parser.add_argument("--out", type=Path, required=True, metavar=metavar, help=about)


def add_model(parser: argparse.ArgumentParser, kind: Literal["face", "music"]) -> None:
    """Declare ``--model``: the folder of a model, by default that of the one that ships."""
    parser.add_argument(
        "--model",
        type=Path,
        default=SHIPPED / f"{kind}_emotion",
        metavar="FOLDER",
        help=f"the {kind} model (default: the one that ships)",
    )


def add_least_seconds(parser: argparse.ArgumentParser) -> None:
    """Declare ``--least-seconds``: how long a file of music has to be to count as a song."""
    parser.add_argument(
        "--least-seconds",
        type=natural,
        default=30,
        metavar="N",
        help="leave out what is shorter: sound effects and fragments; 0 takes everything (default %(default)s)",
    )


def add_labelling(parser: argparse._ActionsContainer, *, rule: str = LABEL_RULES[0]) -> None:
    """Declare ``--plane`` and ``--labels``: how the plane is cut, and which labels a song has by its percentages."""
    parser.add_argument(
        "--plane",
        choices=PLANES,
        default=PLANES[0],
        help="octants: eight labels, as in the source's table; grid: sixteen squares, with neutral as a ninth label "
        "(default %(default)s)",
    )
    parser.add_argument(
        "--labels",
        choices=LABEL_RULES,
        default=rule,
        help="which a song has, for mel-cnn-multilabel and wherever labels are counted: source: those above the "
        "source's 13 %%; even: above 100 / number of labels; largest: one (default %(default)s)",
    )


def positive(text: str) -> int:
    """Read a whole number of 1 or more."""
    number = int(text)
    if number < 1:
        msg = f"{text} is not 1 or more"
        raise argparse.ArgumentTypeError(msg)
    return number


def natural(text: str) -> int:
    """Read a seed or a count: a whole number from 0 that fits into 31 bits."""
    number = int(text)
    if not 0 <= number < 2**31:
        msg = f"{text} is not between 0 and 2147483647"
        raise argparse.ArgumentTypeError(msg)
    return number


def share(text: str) -> float:
    """Read a share of 1."""
    number = float(text)
    if not 0 <= number <= 1:
        msg = f"{text} is not between 0 and 1"
        raise argparse.ArgumentTypeError(msg)
    return number


def above_zero(text: str) -> float:
    """Read a number above 0."""
    number = float(text)
    if not (math.isfinite(number) and number > 0):
        msg = f"{text} is not above 0"
        raise argparse.ArgumentTypeError(msg)
    return number
