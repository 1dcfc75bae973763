"""Converts the backbone, fits the head on what the int8 model says, and writes the model folder with its card."""

import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from device.drivers.tflite_model import TFLiteModel
from tools.errors import AudioError
from tools.music_emotion.card import build_card
from tools.music_emotion.clips import Clips, read_clips
from tools.music_emotion.evaluation import held_out_predictions, random_folds, residual_deviation, score
from tools.music_emotion.golden import write_golden
from tools.music_emotion.head import AXES, Floats, Head, fit_chosen
from tools.music_emotion.log_mel import PATCH_LENGTH, SAMPLE_RATE, log_mel
from tools.music_emotion.music_model import CARD, GOLDEN, HEAD, MODEL
from tools.music_emotion.parity import parity, tag_probabilities
from tools.music_emotion.readme import render
from tools.song_library.decode import decode
from tools.song_library.excerpts import spread_excerpts

Patches = NDArray[np.float32]

_MOST_CALIBRATION_SONGS = 100


@dataclass(frozen=True, slots=True)
class _Songs:
    """The patches ``(n, 187, 96)`` of every clip, and which clips calibrate int8; parity is measured on the others."""

    patches: list[Patches]
    calibrates: NDArray[np.bool_]

    def select(self, arrays: list[NDArray[Any]], *, calibrating: bool) -> NDArray[Any]:
        """Return the rows of the arrays, one per clip, of the clips that calibrate, or of the others."""
        return np.concatenate(
            [rows for rows, of_it in zip(arrays, self.calibrates, strict=True) if of_it == calibrating]
        )


def produce(clips_folder: Path, package: Path, out: Path, *, seed: int, console: Console) -> dict[str, Any]:
    """Write ``model.tflite``, ``head.npz``, ``golden.npz``, ``README.md`` and ``card.json`` into ``out``.

    An earlier model in ``out`` stays until the new one is complete.

    :param clips_folder: see :mod:`tools.music_emotion.clips`.
    :param package: the unpacked PyPI package musicnn 0.1.0.
    :param seed: of the folds and of the choice of calibration clips.
    :returns: the card.
    :raises MienError: if the clips or the package cannot be used.
    """
    from tools.music_emotion.conversion import CHECKPOINT, convert_backbone  # noqa: PLC0415 - tensorflow, only here

    clips = read_clips(clips_folder)
    songs = _hear(clips, seed, console)
    console.print("folding and converting musicnn")
    chosen, others = (songs.select(list(songs.patches), calibrating=side) for side in (True, False))
    converted = convert_backbone(package, chosen, others)
    out.mkdir(parents=True, exist_ok=True)
    unfinished = {name: out / f"unfinished-{name}" for name in (MODEL, HEAD, GOLDEN)}
    unfinished[MODEL].write_bytes(converted.model)
    console.print("running the int8 model as an analysis does")
    embeddings = _run_on_device(unfinished[MODEL], songs.patches, unfinished[GOLDEN])
    console.print("fitting and judging the head")
    head, fitted = _fit(clips, np.array([song.mean(axis=0) for song in embeddings]), seed)
    head.save(unfinished[HEAD])
    int8 = songs.select(list(embeddings), calibrating=False)
    int8_tags = tag_probabilities(int8, converted.tag_kernel, converted.tag_offset)
    fitted["parity"] = {
        "folding_largest_difference": round(converted.folding_difference, 8),
        **parity(converted.published, int8, converted.tags, int8_tags),
    }
    hidden = len(converted.tag_kernel)
    fitted["embedding"] = {"checkpoint": CHECKPOINT, "time_means": int8.shape[1] - hidden, "hidden": hidden}
    card = build_card(converted.model, unfinished[HEAD].read_bytes(), clips, seed=seed, fitted=fitted)
    _write(out, unfinished, card)
    return card


def _hear(clips: Clips, seed: int, console: Console) -> _Songs:
    patches = []
    for path in track(clips.paths, "hearing the clips", console=console):
        blocks = decode(path, sample_rate=SAMPLE_RATE)
        excerpts = spread_excerpts(blocks, length=PATCH_LENGTH, sample_rate=SAMPLE_RATE).audio
        if not len(excerpts):
            what = f"{path}: nothing but silence"
            raise AudioError(what, mend="take the clip out of annotations.csv")
        patches.append(np.array([log_mel(excerpt) for excerpt in excerpts]))
    order = np.random.default_rng(seed).permutation(len(patches))
    return _Songs(patches, order < min(_MOST_CALIBRATION_SONGS, len(patches) // 2))


def _run_on_device(model: Path, patches: list[Patches], golden: Path) -> list[Floats]:
    """Return every song's embeddings ``(n, n_embedding)``, and write the golden example.

    In a fresh process, since tflite-runtime fails in one that has imported tensorflow.
    """
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as process:
        return process.submit(_embed, model, patches, golden).result()


def _embed(model: Path, patches: list[Patches], golden: Path) -> list[Floats]:
    write_golden(model, golden)
    loaded = TFLiteModel(model)
    return [np.array([loaded.run(patch[np.newaxis])[0] for patch in song], dtype=np.float64) for song in patches]


def _write(out: Path, unfinished: dict[str, Path], card: dict[str, Any]) -> None:
    """Put the files in place; the card comes last, so that it never describes a model that is not there."""
    for name, path in unfinished.items():
        path.replace(out / name)
    (out / "README.md").write_text(render(card), encoding="utf-8")
    (out / CARD).write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _fit(clips: Clips, embeddings: Floats, seed: int) -> tuple[Head, dict[str, Any]]:
    folds = random_folds(len(clips), seed=seed)
    ten_fold, by_genre = (
        held_out_predictions(embeddings, clips.targets, groups, seed=seed) for groups in (folds, clips.genres)
    )
    head, strengths = fit_chosen(embeddings, clips.targets, folds)
    return head, {
        "sigma": residual_deviation(ten_fold, clips.targets),
        "strengths": dict(zip(AXES, (round(strength, 2) for strength in strengths), strict=True)),
        "metrics": {
            "ten_fold": score(ten_fold, clips.targets),
            "leave_one_genre_out": score(by_genre, clips.targets),
        },
    }
