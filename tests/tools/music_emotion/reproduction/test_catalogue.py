import pytest

from tools.errors import TrainingError
from tools.music_emotion.reproduction.catalogue import ARCHITECTURES, RowSettings, rows_of


def test_the_rows_are_told_apart_by_name_and_slug() -> None:
    assert len({row.row for row in ARCHITECTURES}) == len({row.slug for row in ARCHITECTURES}) == len(ARCHITECTURES)


def test_the_sources_figures_are_those_of_the_paper() -> None:
    found = {row.slug: row.source.get("mae") for row in ARCHITECTURES if row.source}
    assert found == {
        "spectrogram-cnn": 10.34,
        "mel-cnn": 11.08,
        "mel-cnn-small-unscaled": 10.86,
        "mel-cnn-small-scaled": 9.36,
        "mel-cnn-bilstm": 9.76,
        "mel-cnn-multilabel": None,
    }


def test_a_name_stands_for_all_its_rows_and_a_slug_for_one() -> None:
    assert [row.scaled for row in rows_of(["mel-cnn-small"])] == [False, True]
    assert [row.row for row in rows_of(["mel-cnn-small-scaled", "mel-cnn"])] == ["mel-cnn", "mel-cnn-small, scaled"]
    assert rows_of([]) == list(ARCHITECTURES)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(TrainingError, match="mel-rnn") as caught:
        rows_of(["mel-cnn", "mel-rnn"])
    assert "mel-cnn-bilstm" in caught.value.mend


@pytest.mark.parametrize("seconds", [0, 2.9, 61, float("nan")])
def test_excerpts_that_no_network_fits_are_refused(seconds: float) -> None:
    with pytest.raises(TrainingError, match="excerpts"):
        RowSettings(seconds=seconds)
