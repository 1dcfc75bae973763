"""VGMIDI: means and deviations in the plane as they are, grouped by the series that a tune's name begins with."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tools.errors import DatasetError
from tools.music_emotion.datasets.vgmidi import read_vgmidi

HEADER = "midi,n,valence_mean,valence_std,arousal_mean,arousal_std,dur"
ROWS = [
    '"Saga_NES_Saga I_Boss, the first.mid",30,-0.2,0.21,0.4,0.35,63.0',
    "Other_PC_Sea_Waves.mid,30,0.3,0.4,-0.1,0.5,9",
]


@pytest.fixture
def write(tmp_path: Path, midi_of: Callable[..., bytes]) -> Callable[..., Path]:
    def write_vgmidi(rows: list[str] = ROWS) -> Path:
        folder = tmp_path / "vgmidi"
        (folder / "midi").mkdir(parents=True)
        (folder / "static_va.csv").write_text("\n".join([HEADER, *rows, ""]))
        for number, name in enumerate(("Saga_NES_Saga I_Boss, the first", "Other_PC_Sea_Waves", "Other_PC_Unrated")):
            (folder / "midi" / f"{name}.mid").write_bytes(midi_of(key=60 + number))
        return folder

    return write_vgmidi


def test_ratings_are_taken_as_they_are(
    tmp_path: Path, write: Callable[..., Path], soundfont: Path, playing: Callable[..., Path]
) -> None:
    runs = playing()
    songs = read_vgmidi(write(), cache=tmp_path / "cache", soundfont=soundfont)
    assert songs.ids == ("Saga_NES_Saga I_Boss, the first", "Other_PC_Sea_Waves")
    assert songs.places.tolist() == [[-0.2, 0.4], [0.3, -0.1]]
    assert songs.deviations.tolist() == [[0.21, 0.35], [0.4, 0.5]]
    assert songs.groups.tolist() == ["Saga", "Other"]
    assert songs.sources.tolist() == list(songs.ids)
    assert songs.grouped_by == "series"
    assert runs.read_text().count("run") == 2, "tunes that nobody rated are not rendered"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("Saga_x.mid,30,1.2,0.2,0,0.2,9", r"static_va\.csv, line 2: valence_mean is 1\.2"),
        ("Saga_x.mid,30,0,0.2,0,-0.2,9", r"line 2: arousal_std is -0\.2"),
        (",30,0,0.2,0,0.2,9", "line 2: midi is empty"),
        ("Other_PC_Sea_Waves.mid,30,0,0.2,0,0.2,9", "Other_PC_Sea_Waves named more than once"),
    ],
)
def test_a_row_out_of_form_is_named(tmp_path: Path, write: Callable[..., Path], row: str, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        read_vgmidi(write([row, *ROWS]), cache=tmp_path / "cache")


@pytest.mark.data
def test_the_real_set_has_200_tunes_of_13_series(
    tmp_path: Path, music_data: Path, soundfont: Path, playing: Callable[..., Path]
) -> None:
    playing(seconds=0.01)
    songs = read_vgmidi(music_data / "vgmidi", cache=tmp_path / "cache", soundfont=soundfont)
    assert len(songs) == 200
    assert len(set(songs.groups.tolist())) == 13
