"""What changing songs anew in every round of training is worth: five folds, with it and as the source trained.

    python tests/benchmarks/augmentation.py --data ../shared/data/music/clips-va [--architecture mel-cnn-small-scaled]

Every song is held out once. Printed for each way: the error of the percentages and the true similarity of the song that
is ranked first, beside those of a constant, of any other song and of the best.
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

FOLDS = 5
_CHOOSING = 0.15  # of the songs that are not held out choose the round of training


def main() -> None:
    """Train ten networks and print two lines."""
    from tools.model_making.quiet import load_tensorflow

    load_tensorflow()
    import keras
    import numpy as np
    from rich.console import Console

    from tools.commands.train_music import AUGMENTED
    from tools.music_emotion.datasets.splits import Split, folds_of
    from tools.music_emotion.evaluation.metrics import mae, retrieval
    from tools.music_emotion.model.label_network import normalised, of_song_labels
    from tools.music_emotion.reproduction import networks
    from tools.music_emotion.reproduction.catalogue import RowSettings, rows_of
    from tools.music_emotion.reproduction.fitting import Lesson, fit, predict
    from tools.music_emotion.reproduction.inputs import inputs_of
    from tools.music_emotion.reproduction.material import Data, gather_training_data

    options = _options()
    quiet, architecture = Console(quiet=True), rows_of([options.architecture])[-1]
    with tempfile.TemporaryDirectory() as folder:
        data = Data(options.data, options.cache or Path(folder))
        material = gather_training_data(data, RowSettings(), quiet)
        folds = folds_of(material.sources, count=FOLDS, seed=0)
        targets = material.percent.astype(np.float32)
        for way, changes in {"as the source": {}, "changed anew": AUGMENTED}.items():
            said, constant = np.empty_like(material.percent), np.empty_like(material.percent)
            for fold in range(FOLDS):
                settings = RowSettings(seed=fold, **changes)
                rest = np.random.default_rng(fold).permutation(np.flatnonzero(folds != fold))
                validation, train = np.split(rest, [round(_CHOOSING * len(rest))])
                held = np.flatnonzero(folds == fold)
                inputs = inputs_of(
                    architecture, replace(material, split=Split(train, validation, held)), settings, quiet
                )
                keras.utils.set_random_seed(fold)
                network = networks.build(
                    architecture, inputs.shape, start=targets[train].mean(axis=0, dtype=np.float64)
                )
                fit(network, Lesson(inputs, targets, train, validation, "mse"), settings, lambda _epoch, _figures: None)
                said[held], constant[held] = predict(network, inputs, held), targets[train].mean(axis=0)
            alike = retrieval(material.percent, of_song_labels(normalised(said)))
            errors = f"{mae(material.percent, said):.2f} (constant mean {mae(material.percent, constant):.2f})"
            print(
                f"{way}: error {errors}, first {alike.model:.3f} (any {alike.random:.3f}, best {alike.best:.3f})",
                flush=True,
            )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", required=True, metavar="PATH")
    parser.add_argument("--cache", type=Path, metavar="FOLDER")
    parser.add_argument("--architecture", default="mel-cnn-small-scaled", metavar="NAME")
    return parser.parse_args()


if __name__ == "__main__":
    main()
