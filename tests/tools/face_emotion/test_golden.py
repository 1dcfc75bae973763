import numpy as np

from tools.face_emotion.golden import draw_face


def test_the_drawn_face_is_a_grey_crop_that_looks_the_same_from_both_sides() -> None:
    face = draw_face()
    assert face.shape == (48, 48)
    assert face.dtype == np.uint8
    assert np.abs(face.astype(int) - face[:, ::-1]).mean() < 3
    assert np.abs(face.astype(int) - face[::-1]).mean() > 10


def test_a_larger_face_is_the_same_drawing() -> None:
    larger = draw_face(96).reshape(48, 2, 48, 2).mean(axis=(1, 3))
    assert np.abs(larger - draw_face()).max() <= 1


def test_the_drawn_face_is_the_same_every_time() -> None:
    assert np.array_equal(draw_face(), draw_face())


def test_the_drawn_face_uses_much_of_the_range() -> None:
    face = draw_face()
    assert face.min() < 60
    assert face.max() > 220
