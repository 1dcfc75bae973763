import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.music_emotion.model.rectangle import LISTENERS_DEVIATION, drawn_deviations


def test_the_models_doubt_and_the_listeners_add_in_quadrature() -> None:
    assert drawn_deviations(np.array([[0.15, 0.0]])).tolist() == [[pytest.approx(0.25), LISTENERS_DEVIATION]]


@given(st.floats(0, 2), st.floats(0, 2))
def test_a_surer_song_gets_a_narrower_rectangle_and_none_is_a_point(first: float, second: float) -> None:
    drawn = drawn_deviations(np.array([sorted([first, second])]))[0]
    assert LISTENERS_DEVIATION <= drawn[0] <= drawn[1] <= max(first, second) + LISTENERS_DEVIATION
