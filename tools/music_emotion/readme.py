"""The model card for people: ``README.md``, written from ``card.json`` so that their figures cannot diverge."""

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.model_making import model_readme
from tools.music_emotion.model.head import AXES
from tools.music_emotion.reproduction.table import render_table

Card = Mapping[str, Any]

_WIDTH = 118


def write_readme(folder: Path) -> None:
    """Write ``README.md`` of a model folder anew; see :func:`tools.model_making.model_readme.write_readme`."""
    model_readme.write_readme(folder, render)


def render(card: Card, reproduction: Mapping[str, Any] | None = None, notes: str = "") -> str:
    """Return the README of a model with this card.

    :param reproduction: what :mod:`tools.music_emotion.reproduction.reproduction` found.
    :param notes: a section in Markdown about what was tried.
    """
    sections = [_head(card), _use(), _scores(card), _parity(card)]
    if reproduction:
        sections.append(f"## The source's networks\n\n{render_table(reproduction['rows']).strip()}")
    sections += [notes.strip()] if notes else []
    sections += [_data(card), _train(card)]
    return "\n\n".join(sections) + "\n"


def _head(card: Card) -> str:
    embedding, sigma = card["embedding"], card["sigma"]
    seconds = ((card["patch_frames"] - 1) * card["hop_length"] + card["n_fft"]) / card["sample_rate"]
    parts = [
        " and ".join(
            f"{size} {word}"
            for size, word in (
                (embedding[name]["time_means"], "channels' means over time"),
                (embedding[name]["hidden"], "hidden values"),
            )
            if size
        )
        + f" of {name}"
        for name in _checkpoints(card)
    ]
    return _wrapped(
        f"# Music emotion model {card['version']}",
        "Written from `card.json` by `mien-tools train-music`; change neither by hand.",
        "It hears how positive (valence) and how lively (arousal) a song sounds, both in [-1, 1], and says how far off "
        "it may be. `mien-tools analyse` uses it on a workstation; the box itself only reads the song table.",
        f"- `model.tflite` ({card['model_bytes'] / 1024:.0f} KiB, full int8, batch 1): {card['patch_frames']} frames × "
        f"{card['n_mels']} mel bands, {seconds:.2f} s of mono sound at {card['sample_rate']} Hz (`n_fft` "
        f"{card['n_fft']}, `hop_length` {card['hop_length']}), each value log10(1 + 10,000 · power), to musicnn's part "
        f"of an embedding: {', '.join(parts)}.",
        f"- The other {len(embedding['tonality'])} values are computed from the same sound: "
        f"{', '.join(name.replace('_', ' ') for name in embedding['tonality'])}.",
        "- `head.npz`: `weights` and `offset` of the linear map from a song's embedding to valence and arousal. That "
        f"is the {embedding['over_a_song']}. The rest of `head.npz` tells how unlike the songs learnt from a song is, "
        "and from that and the place how far off the map may be: σ, one for each song and axis.",
        "- `golden.npz` holds a drawn patch (`input`) and what the model says to it (`output`). A runtime works if it "
        f"comes within {card['golden_tolerance_steps']} of the 256 steps; kernels round differently.",
        f"- A song's rectangle at k = 1 reaches √(σ² + {card['listeners_deviation']:.2f}²) to each side, since people "
        f"differ about a song even where the model is sure; {sigma['valence']:.2f} (valence) and "
        f"{sigma['arousal']:.2f} (arousal) in the median.",
    )


def _use() -> str:
    return """\
## Intended use and limits

It is meant for ordering the songs of one person's library by how they sound.

- It hears sound alone: no lyrics, no memories. People themselves differ widely about valence.
- Valence is predicted worse than arousal, and worse again in a genre that was not fitted on: see the second table.
- The clips are six seconds of Western recordings; other music is judged by likeness to those, and gets a larger σ.
- Other people use the scale differently: on sound made from MIDI the order is right more often than the place."""


def _scores(card: Card) -> str:
    entry = card["data"][0]
    titles = {
        "ten_fold": "Songs not fitted on (ten folds; strength and σ chosen inside each)",
        f"leave_one_{entry['grouped_by']}_out": f"One {entry['grouped_by']} after the other not fitted on",
    }
    head = f"""\
## How good it is

On {entry["examples"]} songs, with the int8 file, as an analysis hears them. The baseline is the mean of the songs
fitted on."""
    metrics = card["metrics"]
    return "\n\n".join([head, *(_tables(title, metrics[key]) for key, title in titles.items() if key in metrics)])


def _tables(title: str, figures: Mapping[str, Any]) -> str:
    lines = [
        f"### {title}",
        "",
        "| | R² | Pearson r | mean absolute error | RMSE | baseline R² | baseline error | within ±1σ, ±2σ |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for axis in AXES:
        model, baseline, sigma = (figures[axis][part] for part in ("model", "baseline", "deviations"))
        own = " | ".join(f"**{model[key]:.3f}**" for key in ("r2", "pearson_r", "mae", "rmse"))
        within = f"{sigma['within_one']:.0%}, {sigma['within_two']:.0%}"
        lines.append(f"| {axis} | {own} | {baseline['r2']:.3f} | {baseline['mae']:.3f} | {within} |")
    lines += [
        "",
        "| k | error of the percentages | constant mean | share | likeness of the first ranked | any other | best |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for k, percent in figures["percent"].items():
        found = figures["retrieval"][k]
        lines.append(
            f"| {k} | **{percent['model']:.2f}** | {percent['constant_mean']:.2f} | **{percent['share']:.2f}** | "
            f"**{found['model']:.3f}** | {found['random']:.3f} | {found['best']:.3f} |"
        )
    return "\n".join(lines)


def _parity(card: Card) -> str:
    items = [
        f"- {name}: the embedding's cosine is {part['embedding_cosine_mean']:.4f} on average and "
        f"{part['embedding_cosine_smallest']:.4f} at worst ({part['embedding_cosine_centred_mean']:.3f} on average "
        "after subtracting the mean embedding, a far stricter measure). The likeliest of its 50 tags is the same for "
        f"{part['top_tag_agreement']:.0%} of the patches, and a tag's probability moves by "
        f"{part['tag_probability_mean_difference']:.3f} on average."
        for name, part in card["parity"].items()
    ]
    first = next(iter(card["parity"].values()))
    most = max(part["folding_largest_difference"] for part in card["parity"].values())
    return _wrapped(
        "### Agreement with the published networks",
        f"On {first['patches']} patches of songs that calibrated nothing. The networks were folded (constant channels "
        "removed, batch normalisation moved into its neighbours) before they were converted; in float that changes no "
        f"value by more than {most:.1g}. {''.join(_grids(card))}What int8 says, beside the published networks:",
        *items,
        "The head is fitted on the int8 embeddings, so the tables above include all of this.",
    )


def _grids(card: Card) -> list[str]:
    return [
        f"The first layer of {name} was then thinned out: it looks at 1 frame in {frames} and 1 place in {bands} along "
        "frequency, which is not exact but serves the head as well. "
        for name in _checkpoints(card)
        for frames, bands in [(card["embedding"][name]["every_frames"], card["embedding"][name]["every_bands"])]
        if (frames, bands) != (1, 1)
    ]


def _data(card: Card) -> str:
    songs, musicnn = card["data"]
    groups = ", ".join(f"{count} {group}" for group, count in songs["groups"].items())
    return _wrapped(
        "## Data and terms",
        card["terms"],
        f"- The head: {songs['examples']} songs of {songs['name']} ({groups}) with {songs['ratings']}. Terms: "
        f"{songs['terms']}. No song is part of this folder; `head.npz` holds directions in the space of their "
        "embeddings, which no sound can be made from.",
        f"- The backbones: {musicnn['name']}, checkpoints {' and '.join(musicnn['checkpoints'])}, trained by its "
        "authors on the Million Song Dataset and on MagnaTagATune to predict tags. Licence "
        f"({musicnn['terms']}): {musicnn['licence']}",
    )


def _train(card: Card) -> str:
    return f"""\
## Train it again

    pip install --no-deps --target musicnn-package musicnn==0.1.0
    mien-tools train-music --data FOLDER --musicnn musicnn-package --out models/music_emotion --seed {card["seed"]}

`FOLDER` holds `annotations.csv` (`song_id,genre,valence,arousal`, ratings in [-10, 10]) and `audio/<song_id>.*`, or is
DEAM's."""


def _checkpoints(card: Card) -> list[str]:
    return [name for name, part in card["embedding"].items() if isinstance(part, dict)]


def _wrapped(*paragraphs: str) -> str:
    """Join paragraphs at the width of a page; items that begin with a dash follow each other without an empty line."""
    filled = (textwrap.fill(p, _WIDTH, subsequent_indent="  " * p.startswith("- ")) for p in paragraphs)
    return "\n\n".join(filled).replace("\n\n- ", "\n- ").replace("\n- ", "\n\n- ", 1)
