"""Train a music model: the one that ships, or one of the source's networks."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.arguments import add_data, add_labelling, add_out, natural, positive

if TYPE_CHECKING:
    from tools.music_emotion.reproduction.catalogue import RowSettings

_SHIPPED = "musicnn-va"
_ARCHITECTURES = (
    _SHIPPED,
    "spectrogram-cnn",
    "spectrogram-image-cnn",
    "mel-cnn",
    "mel-cnn-small",
    "mel-cnn-small-unscaled",
    "mel-cnn-small-scaled",
    "mel-cnn-bilstm",
    "mel-cnn-multilabel",
)

AUGMENTED: dict[str, Any] = {"augmented": True, "epochs": 150, "patience": 25}
"""Songs that are changed in every round are learnt more slowly, and for longer before they are learnt by heart;
``tests/benchmarks/augmentation.py`` measures what it is worth."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``mien-tools train-music`` takes."""
    add_data(parser, "folders of songs rated in valence and arousal: DEAM's, or annotations.csv and audio/")
    parser.add_argument(
        "--architecture", choices=_ARCHITECTURES, default=_SHIPPED, help="what to train (default %(default)s)"
    )
    parser.add_argument(
        "--musicnn",
        type=Path,
        metavar="FOLDER",
        help=f"the unpacked PyPI package musicnn 0.1.0; {_SHIPPED} needs it",
    )
    add_out(parser, "gets the model with its card and what belongs to it")
    parser.add_argument("--seed", type=natural, default=0, metavar="N", help="start of every random choice (default 0)")
    parser.add_argument(
        "--cache", type=Path, metavar="FOLDER", help="keeps features and the sound of MIDI (default OUT.cache)"
    )
    source = parser.add_argument_group("the source's networks alone")
    source.add_argument("--k", type=int, choices=(1, 2, 3), default=1, help="of the songs' rectangles (default 1)")
    add_labelling(source)
    source.add_argument(
        "--plain",
        action="store_true",
        help="show every song as it is, as the source did; else songs are shifted, blanked in part and mixed anew in "
        "every round, which takes longer and finds alike songs better",
    )
    source.add_argument("--epochs", type=positive, metavar="N", help="at most (default 150, or 60 with --plain)")
    source.add_argument(
        "--all-sets", action="store_true", help="also take sets of felt emotion and of quadrants without ratings"
    )
    source.add_argument(
        "--seconds", type=float, default=6.0, metavar="N", help="of a song's middle that are heard (default 6)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Train; return 0.

    :raises MienError: if the songs or the package cannot be used.
    """
    return _train_shipped(arguments) if arguments.architecture == _SHIPPED else _train_source(arguments)


def _train_shipped(arguments: argparse.Namespace) -> int:
    from tools.console import CleanConsole  # noqa: PLC0415 - heavy libraries load when a verb runs, not when help is shown
    from tools.errors import DatasetError  # noqa: PLC0415
    from tools.model_making.quiet import load_tensorflow  # noqa: PLC0415
    from tools.music_emotion.datasets.collection import join_rated, read_sets  # noqa: PLC0415
    from tools.music_emotion.training import produce  # noqa: PLC0415

    if arguments.musicnn is None:
        what = f"{_SHIPPED} is made of the PyPI package musicnn 0.1.0"
        fetch = "pip install --no-deps --require-hashes --target FOLDER -r requirements-musicnn.txt"
        raise DatasetError(what, mend=f"in mien's folder: {fetch}, and add --musicnn FOLDER")
    console = CleanConsole()
    songs = join_rated(read_sets(arguments.data, cache=_cache(arguments), wanted=lambda songs: songs.rated))
    load_tensorflow()
    card = produce(songs, arguments.musicnn, arguments.out, seed=arguments.seed, console=console)
    figures = card["metrics"]["ten_fold"]
    fits = ", ".join(f"{axis} R² {figures[axis]['model']['r2']:.3f}" for axis in ("valence", "arousal"))
    console.print(f"{arguments.out}: version {card['version']}, ten-fold {fits} (constant mean: about 0)")
    return 0


def _train_source(arguments: argparse.Namespace) -> int:
    from tools.console import CleanConsole  # noqa: PLC0415
    from tools.model_making.quiet import load_tensorflow  # noqa: PLC0415

    load_tensorflow()
    from tools.music_emotion.reproduction.material import Data  # noqa: PLC0415
    from tools.music_emotion.reproduction.network_folder import train_one  # noqa: PLC0415

    console = CleanConsole()
    settings = settings_of(arguments)
    data = Data(arguments.data, _cache(arguments), arguments.all_sets)
    card = train_one(arguments.architecture, data, arguments.out, settings, console)
    console.print(f"{arguments.out}: version {card['version']}, {arguments.architecture}")
    return 0


def _cache(arguments: argparse.Namespace) -> Path:
    """Return where features are kept: beside the model's folder, all of which goes into a release."""
    out: Path = arguments.out
    return arguments.cache or out.with_name(f"{out.resolve().name}.cache")


def settings_of(arguments: argparse.Namespace) -> "RowSettings":
    """Return how a network of the source is to be trained.

    :raises TrainingError: if the excerpts are too short or too long.
    """
    from tools.music_emotion.reproduction.catalogue import RowSettings  # noqa: PLC0415

    settings = RowSettings(
        seed=arguments.seed,
        k=arguments.k,
        plane=arguments.plane,
        label_rule=arguments.labels,
        seconds=arguments.seconds,
        **({} if arguments.plain else AUGMENTED),
    )
    return replace(settings, epochs=arguments.epochs) if arguments.epochs else settings
