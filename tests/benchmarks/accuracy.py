"""What the shortcuts of an analysis cost in accuracy; tests/benchmarks/analysis.py asks it.

    python tests/benchmarks/accuracy.py agreement --files SONG...
    python tests/benchmarks/accuracy.py shipped --labelled CLIPS_VA
    python tests/benchmarks/accuracy.py published --labelled CLIPS_VA --musicnn FOLDER

``agreement`` prints, as JSON, valence and arousal of every song as an analysis has them and as the mean of every
overlapping patch, its tonality included, has them. The other two print the R² of valence and arousal on rated clips,
held out in ten folds: of the model as it ships and as an analysis hears, and of the published networks in float asked
about every overlapping patch, with a head of its own fitted on the same folds.
"""

import argparse
import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def agree(options: argparse.Namespace) -> list[list[float]]:
    """Return of every song valence and arousal as an analysis has them, and as all its overlapping patches do."""
    import numpy as np

    from device.emotion.tflite_model import TFLiteModel
    from tools.audio.decode import decode
    from tools.music_emotion.model.loading import load_music_model
    from tools.music_emotion.model.log_mel import PATCH_LENGTH, SAMPLE_RATE, log_mel
    from tools.music_emotion.model.model_input import excerpts_of
    from tools.music_emotion.model.music_model import MODEL
    from tools.music_emotion.model.musicnn_va import HEARING, song_embedding
    from tools.music_emotion.model.tonality import tonality

    model, network = load_music_model(options.model), TFLiteModel(options.model / MODEL)
    found = []
    for song in options.files:
        sound = np.concatenate(list(decode(song, sample_rate=SAMPLE_RATE)))
        starts = range(0, len(sound) - PATCH_LENGTH + 1, PATCH_LENGTH // 2)
        patches = [sound[start : start + PATCH_LENGTH] for start in starts]
        said = [network.run(log_mel(patch)[np.newaxis])[0] for patch in patches]
        every = model.place(song_embedding(said, [tonality(patch) for patch in patches]))
        place = model.place(model.embed(excerpts_of(song, HEARING).audio))
        found.append([place.valence, place.arousal, every.valence, every.arousal])
    return found


def judge_shipped(options: argparse.Namespace) -> list[float]:
    """Return the held-out R² of valence and arousal, heard as an analysis hears."""
    import numpy as np

    from tools.music_emotion.model.head import blocks_of
    from tools.music_emotion.model.loading import load_music_model, read_card
    from tools.music_emotion.model.model_input import excerpts_of
    from tools.music_emotion.model.musicnn_va import HEARING

    songs, model = _labelled(options.labelled), load_music_model(options.model)
    embeddings = np.array([model.embed(excerpts_of(path, HEARING).audio) for path in songs.paths])
    return _held_out(songs, embeddings, blocks_of(read_card(options.model)["embedding"]))


def judge_published(options: argparse.Namespace) -> list[float]:
    """Return the same of the published networks in float, and of the tonality, on every overlapping patch."""
    import numpy as np

    from tools.audio.decode import decode
    from tools.music_emotion.model.head import IMPORTANCE, TONALITY, Block
    from tools.music_emotion.model.log_mel import PATCH_LENGTH, SAMPLE_RATE, log_mel
    from tools.music_emotion.model.music_model import song_embedding
    from tools.music_emotion.model.tonality import tonality
    from tools.music_emotion.musicnn.published import OriginalNetwork

    songs = _labelled(options.labelled)
    sounds = [np.concatenate(list(decode(path, sample_rate=SAMPLE_RATE))) for path in songs.paths]
    cut = [
        [sound[start : start + PATCH_LENGTH] for start in range(0, len(sound) - PATCH_LENGTH + 1, PATCH_LENGTH // 2)]
        for sound in sounds
    ]
    patches = np.array([log_mel(patch) for song in cut for patch in song])
    with OriginalNetwork(options.musicnn, "MSD_musicnn") as network:
        msd = network.run(patches)
    with OriginalNetwork(options.musicnn, "MTT_musicnn") as network:
        mtt = network.run(patches)
    said = np.concatenate([msd.mean_pool, msd.penultimate, mtt.penultimate], axis=1).astype(np.float64)
    ends = np.cumsum([len(song) for song in cut])[:-1]
    embeddings = [
        song_embedding(part, [tonality(patch) for patch in song])
        for part, song in zip(np.split(said, ends), cut, strict=True)
    ]
    sizes = {"MSD_musicnn": 953, "MTT_musicnn": 200, TONALITY: 8}
    blocks = tuple(Block(name, size, IMPORTANCE[name], 1e-2) for name, size in sizes.items())
    return _held_out(songs, np.array(embeddings), blocks)


def _labelled(folder: Path) -> Any:
    from tools.music_emotion.datasets.clips_va import read_clips_va

    return read_clips_va(folder)


def _held_out(songs: Any, embeddings: Any, blocks: Any) -> list[float]:
    from tools.music_emotion.datasets.splits import folds_of
    from tools.music_emotion.evaluation.cross_validation import FOLDS, held_out_predictions
    from tools.music_emotion.evaluation.metrics import fit_figures

    folds = folds_of(songs.sources, count=FOLDS, seed=0)
    places = held_out_predictions(embeddings, songs.places, folds, blocks).places
    return [float(fit_figures(songs.places[:, axis], places[:, axis]).r2) for axis in range(2)]


JUDGES = {"agreement": agree, "shipped": judge_shipped, "published": judge_published}


def main() -> None:
    """Print what one judge says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("judge", choices=JUDGES)
    parser.add_argument("--files", type=Path, nargs="*", default=[])
    parser.add_argument("--labelled", type=Path, help="a folder of rated clips: annotations.csv and audio/")
    parser.add_argument("--musicnn", type=Path, default=ROOT / "build" / "musicnn")
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "music_emotion")
    options = parser.parse_args()
    print(json.dumps(JUDGES[options.judge](options)))


if __name__ == "__main__":
    main()
