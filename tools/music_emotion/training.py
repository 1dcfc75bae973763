"""Converts the backbones, fits the head on what the int8 model says, and writes the model folder with its card."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from device.files.atomic_files import unfinished, write_whole
from tools.errors import DatasetError
from tools.model_making.on_device import fresh_process, load_model
from tools.music_emotion.card import build_card
from tools.music_emotion.datasets.songs import AnnotatedSongs
from tools.music_emotion.datasets.splits import folds_of
from tools.music_emotion.evaluation.cross_validation import FOLDS, held_out_predictions, score
from tools.music_emotion.model.golden import GOLDEN, draw_patch, write_golden
from tools.music_emotion.model.head import AXES, Block, Floats, Head, blocks_of, fit
from tools.music_emotion.model.log_mel import log_mel
from tools.music_emotion.model.model_input import excerpts_of, for_networks
from tools.music_emotion.model.music_model import CARD, MODEL
from tools.music_emotion.model.musicnn_va import HEAD, HEARING, song_embedding
from tools.music_emotion.model.rectangle import drawn_deviations
from tools.music_emotion.model.tonality import tonality
from tools.music_emotion.musicnn.parity import parities
from tools.music_emotion.readme import write_readme

if TYPE_CHECKING:
    from tools.music_emotion.musicnn.conversion import ConvertedBackbone  # needs tensorflow

Patches = NDArray[np.float32]

_MOST_CALIBRATION_SONGS = 100
_FEWEST_SONGS = 20


@dataclass(frozen=True, slots=True)
class _Songs:
    """Of every song the patches ``(n, 187, 96)`` of the excerpts that the networks hear, the tonality ``(m, 8)`` of all
    of them, and whether it calibrates int8; parity is measured on the others.
    """

    patches: list[Patches]
    tonalities: list[Floats]
    calibrates: NDArray[np.bool_]

    def select(self, arrays: list[NDArray[Any]], *, calibrating: bool) -> NDArray[Any]:
        """Return the rows of the arrays, one per song, of the songs that calibrate, or of the others."""
        return np.concatenate(
            [rows for rows, of_it in zip(arrays, self.calibrates, strict=True) if of_it == calibrating]
        )


def produce(songs: AnnotatedSongs, package: Path, out: Path, *, seed: int, console: Console) -> dict[str, Any]:
    """Write ``model.tflite``, ``head.npz``, ``golden.npz``, ``README.md`` and ``card.json`` into ``out``.

    An earlier model in ``out`` stays until the new one is complete.

    :param songs: with ratings of what is heard in the music.
    :param package: the unpacked PyPI package musicnn 0.1.0.
    :param seed: of the folds and of the choice of calibration songs.
    :returns: the card.
    :raises MienError: if the songs or the package cannot be used.
    """
    from tools.music_emotion.musicnn.conversion import convert_backbones  # noqa: PLC0415 - tensorflow, only here

    _refuse(songs)
    heard = _hear(songs, seed, console)
    console.print("folding and converting musicnn")
    chosen, others = (heard.select(list(heard.patches), calibrating=side) for side in (True, False))
    converted = convert_backbones(package, chosen, others)
    out.mkdir(parents=True, exist_ok=True)
    with unfinished(out / GOLDEN) as golden, unfinished(out / HEAD) as head_file, unfinished(out / MODEL) as model:
        model.write_bytes(converted.model)
        console.print("running the int8 model as an analysis does")
        said = _run_on_device(model, heard.patches, golden)
        console.print("fitting and judging the head")
        embeddings = np.array([song_embedding(*song) for song in zip(said, heard.tonalities, strict=True)])
        parts = _parts(converted.backbones)
        head, fitted = _fit(songs, embeddings, blocks_of(parts), seed)
        head.save(head_file)
        fitted["embedding"] = parts
        fitted["parity"] = parities(converted.backbones, heard.select(list(said), calibrating=False))
        card = build_card(converted.model, head_file.read_bytes(), songs, seed=seed, fitted=fitted)
    # The card comes after the model, so that it never describes one that is not there.
    write_whole(out / CARD, json.dumps(card, indent=1, ensure_ascii=False) + "\n")
    write_readme(out)
    return card


def _refuse(songs: AnnotatedSongs) -> None:
    if not songs.rated:
        what = f"{songs.name}: its annotations are no ratings of what is heard in the music"
        raise DatasetError(what, mend="name sets that rate perceived valence and arousal, such as DEAM")
    if len(songs) < _FEWEST_SONGS:
        what = f"{songs.name}: {len(songs)} songs are too few to fit and judge a head"
        raise DatasetError(what, mend=f"annotate at least {_FEWEST_SONGS} songs")


def _hear(songs: AnnotatedSongs, seed: int, console: Console) -> _Songs:
    patches, tonalities = [], []
    for path in track(songs.paths, "hearing the songs", console=console):
        excerpts = excerpts_of(path, HEARING).audio
        patches.append(np.array([log_mel(excerpt) for excerpt in for_networks(excerpts)]))
        tonalities.append(np.array([tonality(excerpt) for excerpt in excerpts]))
    order = np.random.default_rng(seed).permutation(len(patches))
    return _Songs(patches, tonalities, order < min(_MOST_CALIBRATION_SONGS, len(patches) // 2))


def _run_on_device(model: Path, patches: list[Patches], golden: Path) -> list[Floats]:
    """Return what the model says to every song's patches, ``(n, n_said)`` each, and write the golden example.

    :raises ModelError: if the box could not load or run the model.
    """
    with fresh_process(model) as process:
        return process.submit(_embed, model, patches, golden).result()


def _embed(model: Path, patches: list[Patches], golden: Path) -> list[Floats]:
    write_golden(model, draw_patch(), golden)
    loaded = load_model(model)
    return [np.array([loaded.run(patch[np.newaxis])[0] for patch in song], dtype=np.float64) for song in patches]


def _parts(backbones: "Sequence[ConvertedBackbone]") -> dict[str, dict[str, int]]:
    """Say what each backbone adds to the embedding, by checkpoint, as the card does."""
    return {
        backbone.checkpoint: {
            "time_means": backbone.n_means,
            "hidden": backbone.n_hidden,
            "every_frames": backbone.grid.frames,
            "every_bands": backbone.grid.bands,
        }
        for backbone in backbones
    }


def _fit(songs: AnnotatedSongs, embeddings: Floats, blocks: Sequence[Block], seed: int) -> tuple[Head, dict[str, Any]]:
    spread = songs.with_usual_deviations()
    ways: dict[str, NDArray[Any]] = {"ten_fold": folds_of(songs.sources, count=FOLDS, seed=seed)}
    if len(set(songs.groups)) > 1:
        ways[f"leave_one_{songs.grouped_by}_out"] = songs.groups
    held = {way: held_out_predictions(embeddings, songs.places, groups, blocks) for way, groups in ways.items()}
    fitted = fit(embeddings, songs.places, blocks)
    drawn = np.median(drawn_deviations(held["ten_fold"].deviations), axis=0)
    return fitted.head, {
        "sigma": dict(zip(AXES, np.round(drawn, 4).tolist(), strict=True)),
        "strengths": dict(zip(AXES, (round(strength, 2) for strength in fitted.strengths), strict=True)),
        "importance": {block.name: dict(zip(AXES, block.importance, strict=True)) for block in blocks},
        "metrics": {way: score(predictions, songs.places, spread) for way, predictions in held.items()},
    }
