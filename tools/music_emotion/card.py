"""The model card: what the music model is, was fitted on and can do, as ``card.json``."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from tools.music_emotion.datasets.songs import AnnotatedSongs
from tools.music_emotion.model.music_model import SCHEMA_VERSION
from tools.music_emotion.model.musicnn_va import LOG_MEL_SETTINGS, PLACE
from tools.music_emotion.model.rectangle import LISTENERS_DEVIATION
from tools.music_emotion.model.tonality import NAMES as TONALITIES

NAME = "music_emotion"

TOLERANCE_STEPS = 16
"""How many int8 steps another runtime's embedding may differ from the stored one; kernels round differently.

LiteRT 2.3 was seen 8 steps from tflite-runtime 2.14 on the golden patch, and 8 at most on 82 real ones, .2 on average.
"""

TERMS = (
    "The backbone's weights are those of musicnn 0.1.0 (ISC licence; copyright Music Technology Group, Universitat "
    "Pompeu Fabra 2019). The head's weights were fitted on annotated clips that are for non-commercial research; use "
    "the model within those terms."
)
_OVER_A_SONG = "mean over its excerpts: of the networks' values every second one if there are more than 8, else all"
ISC_LICENCE = (
    "Copyright (c) Music Technology Group, Universitat Pompeu Fabra 2019. Permission to use, copy, modify, and/or "
    "distribute this software for any purpose with or without fee is hereby granted, provided that the above copyright "
    'notice and this permission notice appear in all copies. THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS '
    "ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN "
    "NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES "
    "WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER "
    "TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE."
)
"""The licence asks to go with every copy of the weights."""


def build_card(
    model: bytes,
    head: bytes,
    songs: AnnotatedSongs,
    *,
    seed: int,
    fitted: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the card as plain JSON values.

    :param model: the TFLite file; its hash and that of ``head`` make the version.
    :param fitted: ``sigma``, ``strengths``, ``importance``, ``metrics``, ``parity`` and ``embedding`` (by checkpoint
        the sizes of its two parts, ``time_means`` and ``hidden``, and its grid, ``every_frames`` and ``every_bands``).
    """
    now = dt.datetime.now(dt.UTC)
    return {
        "schema": SCHEMA_VERSION,
        "name": NAME,
        "version": f"{now:%Y.%m}-{hashlib.sha256(model + head).hexdigest()[:8]}",
        "architecture": "musicnn-va",
        "hears": {**LOG_MEL_SETTINGS, "log_mel": "log10(1 + 10000 x power), Slaney mel bands, frames x bands"},
        "answers": {"kind": PLACE, "of": "valence and arousal in [-1, 1], and sigma of both for every song"},
        "table": {
            "sigma": fitted["sigma"],
            "listeners_deviation": LISTENERS_DEVIATION,
            "shares": "of the rectangle that reaches k x sqrt(sigma^2 + listeners_deviation^2) to each side",
        },
        "embedding": {**fitted["embedding"], "tonality": list(TONALITIES), "over_a_song": _OVER_A_SONG},
        "created": now.isoformat(timespec="seconds"),
        "seed": seed,
        "model_bytes": len(model),
        "golden_tolerance_steps": TOLERANCE_STEPS,
        "head": {"kind": "ridge", "strengths": fitted["strengths"], "importance": fitted["importance"]},
        "data": _data(songs, list(fitted["embedding"])),
        "terms": TERMS,
        "metrics": fitted["metrics"],
        "parity": fitted["parity"],
    }


def _data(songs: AnnotatedSongs, checkpoints: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "name": songs.name,
            "examples": len(songs),
            "grouped_by": songs.grouped_by,
            "groups": {str(group): int((songs.groups == group).sum()) for group in sorted(set(songs.groups))},
            "sha256": songs.sha256,
            "ratings": "perceived valence and arousal, brought to [-1, 1]",
            "terms": songs.terms,
        },
        {
            "name": "musicnn 0.1.0 (PyPI)",
            "checkpoints": list(checkpoints),
            "terms": "ISC",
            "licence": ISC_LICENCE,
        },
    ]
