from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import soundfile
from rich.console import Console

from tools.errors import AudioError, DatasetError
from tools.music_emotion.datasets.songs import AnnotatedSongs, Passed
from tools.music_emotion.evaluation import judging
from tools.music_emotion.evaluation.judging import CachedPredictions, judge_sets
from tools.music_emotion.model.music_model import Hearing, Judgement

RATE = 16_000


@dataclass
class LoudnessModel:
    """Judges by loudness, the surer the softer, counts what it hears, and lets Ctrl-C be pressed at a certain song."""

    version: str = "loudness-1"
    interrupt_at: int = 0
    heard: int = 0
    k: float | None = None
    folder: Path = Path("loudness")
    hearing: ClassVar = Hearing(RATE, RATE)
    backbone: str = "loudness"
    shares: str = "areas"
    sigma_valence: float = 0.3
    sigma_arousal: float = 0.3

    def embed(self, excerpts: np.ndarray) -> np.ndarray:
        self.heard += 1
        if self.heard == self.interrupt_at:
            raise KeyboardInterrupt
        return np.array([np.abs(excerpts).max()], dtype=np.float64)

    def place(self, embedding: np.ndarray) -> Judgement:
        loudness = float(embedding[0])
        percent = None if self.k is None else (100 * loudness, 100 - 100 * loudness, 0, 0, 0, 0, 0, 0)
        return Judgement(0.25, loudness, 0.3, loudness / 5, percent)

    def run_golden(self) -> int:
        return 0


Draw = Callable[..., AnnotatedSongs]


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """Draw a set of 4 s tones of these amplitudes."""

    def draw_set(*amplitudes: float) -> AnnotatedSongs:
        paths = []
        for amplitude in amplitudes:
            paths.append(tmp_path / f"{len(list(tmp_path.glob('*.wav')))}.wav")
            tone = amplitude * np.sin(2 * np.pi * 440 * np.arange(4 * RATE) / RATE)
            soundfile.write(paths[-1], tone, RATE, subtype="PCM_24")  # with FLOAT the time of day would be in the file
        names = tuple(f"song {number}" for number in range(len(paths)))
        return AnnotatedSongs(
            name="tones",
            ids=names,
            paths=tuple(paths),
            places=np.zeros((len(paths), 2)),
            deviations=np.full((len(paths), 2), np.nan),
            groups=np.full(len(paths), "tone"),
            sources=np.array(names),
            grouped_by="genre",
            felt=False,
            coarse=False,
            sha256="0" * 64,
            terms="none",
            passed=(Passed("song 99", "its file is missing"),),
        )

    return draw_set


def judge(songs: AnnotatedSongs, memory: Path, model: LoudnessModel) -> list[tuple[float, float]]:
    said = CachedPredictions(model, memory).judge(songs, lambda: None)
    return [(float(valence), round(float(arousal), 2)) for valence, arousal in said.places]


def test_every_song_gets_what_the_model_says_in_the_order_of_the_set(draw: Draw, tmp_path: Path) -> None:
    said = CachedPredictions(LoudnessModel(), tmp_path / "memory").judge(draw(0.5, 0.1, 0.3), lambda: None)
    assert said.places[:, 1] == pytest.approx([0.5, 0.1, 0.3], abs=0.01)
    assert said.places[:, 0].tolist() == [0.25] * 3
    assert said.deviations[:, 0].tolist() == [0.3] * 3
    assert said.deviations[:, 1] == pytest.approx(said.places[:, 1] / 5)
    assert said.songs.ids == ("song 0", "song 1", "song 2")


def test_songs_that_cannot_be_heard_are_passed_over_with_a_reason(draw: Draw, tmp_path: Path) -> None:
    songs = draw(0.5, 0.4, 0.0, 0.3, 0.2)
    songs.paths[1].write_text("no sound")
    songs.paths[3].unlink()
    ticks: list[int] = []
    said = CachedPredictions(LoudnessModel(), tmp_path / "memory").judge(songs, lambda: ticks.append(1))
    assert said.songs.ids == ("song 0", "song 4")
    assert said.places[:, 1] == pytest.approx([0.5, 0.2], abs=0.01)
    reasons = {entry.song: entry.reason for entry in said.songs.passed}
    assert list(reasons) == ["song 99", "song 1", "song 2", "song 3"]
    assert reasons["song 2"] == "nothing but silence"
    assert reasons["song 3"] == "cannot be read (No such file or directory)"
    assert str(tmp_path) not in reasons["song 1"]
    assert len(ticks) == 5


def test_a_run_that_was_stopped_goes_on_where_it_was(draw: Draw, tmp_path: Path) -> None:
    songs = draw(0.5, 0.1, 0.3)
    with pytest.raises(KeyboardInterrupt):
        judge(songs, tmp_path / "memory", LoudnessModel(interrupt_at=3))
    model = LoudnessModel()
    assert judge(songs, tmp_path / "memory", model) == [(0.25, 0.5), (0.25, 0.1), (0.25, 0.3)]
    assert model.heard == 1
    said = CachedPredictions(model, tmp_path / "memory").judge(songs, lambda: None)
    assert model.heard == 1
    assert said.deviations[:, 1] == pytest.approx(said.places[:, 1] / 5)  # remembered, like the places


def test_another_content_or_model_is_heard_again(draw: Draw, tmp_path: Path) -> None:
    judge(draw(0.5, 0.1), tmp_path / "memory", LoudnessModel())
    model = LoudnessModel()
    assert judge(draw(0.5, 0.2), tmp_path / "memory", model) == [(0.25, 0.5), (0.25, 0.2)]
    assert model.heard == 1
    model = LoudnessModel(version="loudness-2")
    judge(draw(0.5, 0.2), tmp_path / "memory", model)
    assert model.heard == 2


def test_another_way_of_hearing_hears_again(draw: Draw, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    songs, model = draw(0.5, 0.1), LoudnessModel()
    judge(songs, tmp_path / "memory", model)
    judge(songs, tmp_path / "memory", model)
    assert model.heard == 2
    monkeypatch.setattr(judging, "INPUT_VERSION", judging.INPUT_VERSION + 1)
    judge(songs, tmp_path / "memory", model)
    assert model.heard == 4


@pytest.mark.parametrize("damage", ['["ab', "7", '"word"', '["ab", "loud", 0, 0, 0]', '["ab", 1]', "\udcff"])
def test_a_damaged_line_of_the_memory_costs_only_itself(draw: Draw, tmp_path: Path, damage: str) -> None:
    songs = draw(0.5, 0.1)
    judge(songs, tmp_path / "memory", LoudnessModel())
    (file,) = (tmp_path / "memory").iterdir()
    lines = file.read_text().splitlines()
    file.write_text("\n".join([lines[0], damage, ""]), errors="surrogateescape")
    model = LoudnessModel()
    assert judge(songs, tmp_path / "memory", model) == [(0.25, 0.5), (0.25, 0.1)]
    assert model.heard == 1


def test_a_memory_that_cannot_be_written_is_refused_before_anything_is_heard(draw: Draw, tmp_path: Path) -> None:
    (tmp_path / "memory").touch()
    model = LoudnessModel()
    with pytest.raises(DatasetError, match="cannot be kept"):
        judge(draw(0.5), tmp_path / "memory", model)
    assert model.heard == 0


def test_sets_of_which_nothing_can_be_heard_are_refused(draw: Draw, tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="not one song can be heard; song 99"):
        judge_sets([draw(0.0, 0.0)], LoudnessModel(), tmp_path / "memory", Console(quiet=True))


def test_all_sets_are_judged(draw: Draw, tmp_path: Path) -> None:
    sets = [draw(0.5, 0.1), draw(0.0)]
    judged = judge_sets(sets, LoudnessModel(), tmp_path / "memory", Console(quiet=True))
    assert [said.songs.ids for said in judged] == [("song 0", "song 1"), ()]
    assert [said.places.shape for said in judged] == [(2, 2), (0, 2)]
