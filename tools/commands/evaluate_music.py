"""Measure a music model on data sets, as the analysis of a library hears them, beside the trivial answers."""

import argparse
from pathlib import Path

from device.commands._output import say
from tools.arguments import above_zero, add_data, add_model, add_out

_USUAL = (1.0, 2.0, 3.0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_data(parser, "folders of data sets, or folders that hold several")
    add_out(parser, "gets evaluation.json and pictures of every set", metavar="OUT")
    add_model(parser, "music")
    parser.add_argument(
        "--cache",
        type=Path,
        metavar="FOLDER",
        help="keeps the sound of MIDI, and what the model said of each song (default OUT/cache)",
    )
    parser.add_argument(
        "--k",
        type=above_zero,
        nargs="+",
        metavar="K",
        help="σ that the rectangles reach to each side (default 1 2 3, or the one that the model learnt)",
    )
    parser.add_argument(
        "--true-deviation",
        type=above_zero,
        metavar="X",
        help="σ of the ratings, in the plane's units, where a set does not give it (default: the median of DEAM's)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Listen, measure, print and write.

    :raises MienError: if the model or the data cannot be used, or not one song can be heard.
    """
    from tools.console import CleanConsole  # noqa: PLC0415 - heavy libraries load when a verb runs, not when help is shown
    from tools.music_emotion.datasets.collection import read_sets  # noqa: PLC0415
    from tools.music_emotion.datasets.songs import USUAL_DEVIATION  # noqa: PLC0415
    from tools.music_emotion.evaluation.assessment import assess  # noqa: PLC0415
    from tools.music_emotion.evaluation.judging import judge_sets  # noqa: PLC0415
    from tools.music_emotion.evaluation.report import print_assessment, write_report  # noqa: PLC0415
    from tools.music_emotion.model.loading import load_music_model, read_card  # noqa: PLC0415
    from tools.music_emotion.model.music_model import agreed_k  # noqa: PLC0415

    console = CleanConsole()
    model = load_music_model(arguments.model)
    asked = arguments.k or (_USUAL if model.k is None else [model.k])
    ks = [agreed_k(model, k) for k in asked]
    cache = arguments.cache or arguments.out / "cache"
    judged = judge_sets(read_sets(arguments.data, cache=cache), model, cache, console)
    deviation = USUAL_DEVIATION if arguments.true_deviation is None else arguments.true_deviation
    assessment = assess(judged, read_card(arguments.model), ks=ks, true_deviation=deviation)
    print_assessment(assessment, console)
    for path in write_report(assessment, judged, arguments.out):
        say(path)
    return 0
