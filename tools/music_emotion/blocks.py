"""What an embedding is made of, and how its parts are weighed."""

from collections.abc import Mapping
from typing import Any

from tools.music_emotion.model.head import Block
from tools.music_emotion.model.tonality import NAMES

TONALITY = "tonality"
IMPORTANCE = {"MSD_musicnn": (1.0, 1.0), "MTT_musicnn": (0.0, 0.3), TONALITY: (0.2, 0.1)}
"""For valence and arousal. Round figures: half and twice as much of any change the R² of 218 clips by less than .01.
The second backbone would take .01 from valence, and .015 in genres not learnt from."""

_INT8_STEP = 0.05  # of a value that the int8 file gives, about: the least that one is taken to vary by
_SMALLEST_TONALITY_DEVIATION = 1e-3


def blocks_of(embedding: Mapping[str, Any]) -> tuple[Block, ...]:
    """Return the blocks of an embedding as a card describes it.

    :param embedding: the sizes of each checkpoint's part, ``time_means`` and ``hidden``, in their order.
    :raises KeyError: if a checkpoint has no known importance, or no sizes.
    """
    backbones = (
        Block(name, sizes["time_means"] + sizes["hidden"], IMPORTANCE[name], _INT8_STEP)
        for name, sizes in embedding.items()
        if isinstance(sizes, Mapping)
    )
    return (*backbones, Block(TONALITY, len(NAMES), IMPORTANCE[TONALITY], _SMALLEST_TONALITY_DEVIATION))
