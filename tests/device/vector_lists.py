"""Emotion vectors of songs, drawn at random."""

import numpy as np
from hypothesis import strategies as st

Vector = tuple[int, ...]


@st.composite
def percentages(draw: st.DrawFn) -> Vector:
    """Eight whole percentages that sum to 100."""
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=7, max_size=7)))
    return tuple(int(share) for share in np.diff([0, *cuts, 100]))


def vector_lists(least: int = 0) -> st.SearchStrategy[list[Vector]]:
    """Vectors of a few songs, some of them alike."""
    return st.lists(percentages(), min_size=1, max_size=4).flatmap(
        lambda kinds: st.lists(st.sampled_from(kinds) | percentages(), min_size=least, max_size=9)
    )
