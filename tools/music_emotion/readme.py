"""The model card for people: ``README.md``, written from ``card.json`` so that their figures cannot diverge."""

import textwrap
from collections.abc import Mapping
from typing import Any

from tools.music_emotion.head import AXES

Card = Mapping[str, Any]

_WIDTH = 118


def render(card: Card) -> str:
    """Return the README of a model with this card."""
    sections = (_head(card), _use(), _scores(card), _parity(card), _data(card), _train(card))
    return "\n\n".join(sections) + "\n"


def _head(card: Card) -> str:
    embedding, sigma = card["embedding"], card["sigma"]
    seconds = ((card["patch_frames"] - 1) * card["hop_length"] + card["n_fft"]) / card["sample_rate"]
    return _wrapped(
        f"# Music emotion model {card['version']}",
        "Written from `card.json` by `mien-tools train-music`; change neither by hand.",
        "It hears how positive (valence) and how lively (arousal) a song sounds, both in [-1, 1]. `mien-tools analyse` "
        "uses it on a workstation; the box itself only reads the song table that results.",
        f"- `model.tflite` ({card['model_bytes'] / 1024:.0f} KiB, full int8, batch 1): {card['patch_frames']} frames × "
        f"{card['n_mels']} mel bands, {seconds:.2f} s of mono sound at {card['sample_rate']} Hz (`n_fft` "
        f"{card['n_fft']}, `hop_length` {card['hop_length']}), each value log10(1 + 10,000 · power), to an embedding: "
        f"{embedding['time_means']} channels' means over time and {embedding['hidden']} hidden values of musicnn's "
        f"{embedding['checkpoint']}.",
        "- `head.npz`: `weights` and `offset` of the linear map from a song's embedding, the mean over its excerpts, "
        "to valence and arousal.",
        "- `golden.npz` holds a drawn patch (`input`) and what the model says to it (`output`). A runtime works if it "
        f"comes within {card['golden_tolerance_steps']} of the 256 steps; kernels round differently.",
        f"- σ = {sigma['valence']:.3f} (valence) and {sigma['arousal']:.3f} (arousal): the standard deviation of what "
        "the ten-fold predictions below miss. It is half the width of a song's rectangle at k = 1.",
    )


def _use() -> str:
    return """\
## Intended use and limits

It is meant for ordering the songs of one person's library by how they sound.

- It hears sound alone: no lyrics, no memories. People themselves differ widely about valence.
- Valence is predicted worse than arousal, and worse again in a genre that was not fitted on: see the second table.
- The clips are six seconds of Western recordings; other music is judged by likeness to those."""


def _scores(card: Card) -> str:
    titles = {
        "ten_fold": "Songs not fitted on (ten folds, strength chosen inside each)",
        "leave_one_genre_out": "Genres not fitted on (one left out at a time)",
    }
    count = card["data"][0]["examples"]
    parts = ["## How good it is", f"On {count} clips. The baseline is the mean of the clips fitted on."]
    return "\n\n".join([*parts, *(_table(title, card["metrics"][key]) for key, title in titles.items())])


def _table(title: str, figures: Mapping[str, Any]) -> str:
    lines = [
        f"### {title}",
        "",
        "| | R² | Pearson r | mean absolute error | baseline R² | baseline error |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for axis in AXES:
        model, baseline = figures[axis]["model"], figures[axis]["baseline"]
        own = " | ".join(f"**{model[key]:.3f}**" for key in ("r2", "pearson_r", "mae"))
        lines.append(f"| {axis} | {own} | {baseline['r2']:.3f} | {baseline['mae']:.3f} |")
    return "\n".join(lines)


def _parity(card: Card) -> str:
    parity = card["parity"]
    return _wrapped(
        "### Agreement with the published network",
        f"On {parity['patches']} patches of songs that calibrated nothing. The network was folded (constant channels "
        "removed, batch normalisation moved into its neighbours) before it was converted; in float that changes no "
        f"value by more than {parity['folding_largest_difference']:.1g}. In int8 the embedding's cosine with the "
        f"published one is {parity['embedding_cosine_mean']:.4f} on average and "
        f"{parity['embedding_cosine_smallest']:.4f} at worst ({parity['embedding_cosine_centred_mean']:.3f} on "
        "average after subtracting the mean embedding, a far stricter measure). The likeliest of musicnn's 50 tags is "
        f"the same for {parity['top_tag_agreement']:.0%} of the patches, and a tag's probability moves by "
        f"{parity['tag_probability_mean_difference']:.3f} on average. The head is fitted on the int8 embeddings, so "
        "the tables above include all of this.",
    )


def _data(card: Card) -> str:
    clips, musicnn = card["data"]
    genres = ", ".join(f"{count} {genre}" for genre, count in clips["genres"].items())
    return _wrapped(
        "## Data and terms",
        card["terms"],
        f"- The head: {clips['examples']} clips of six seconds ({genres}) with {clips['ratings']}. Terms: "
        f"{clips['terms']}. No clip is part of this folder.",
        f"- The backbone: {musicnn['name']}, checkpoint {musicnn['checkpoint']}, trained by its authors on the Million "
        f"Song Dataset to predict tags. Licence ({musicnn['terms']}): {musicnn['licence']}",
    )


def _train(card: Card) -> str:
    return f"""\
## Train it again

    pip install --no-deps --target musicnn-package musicnn==0.1.0
    mien-tools train-music --clips FOLDER --musicnn musicnn-package --out models/music_emotion --seed {card["seed"]}

`FOLDER` holds `annotations.csv` (`song_id,genre,valence,arousal`, ratings in [-10, 10]) and `audio/<song_id>.*`."""


def _wrapped(*paragraphs: str) -> str:
    """Join paragraphs at the width of a page; items that begin with a dash follow each other without an empty line."""
    filled = (textwrap.fill(p, _WIDTH, subsequent_indent="  " * p.startswith("- ")) for p in paragraphs)
    return "\n\n".join(filled).replace("\n\n- ", "\n- ").replace("\n- ", "\n\n- ", 1)
