"""From a press to the song, with the real models, the real vision and the real player."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from device.emotion.labels import FACE_LABELS
from device.recommendation.song_table import read_song_table
from tests.waiting import wait_until

RELEASE = Path(__file__).parents[2] / "models"
N_FFT = 4096
HEARD_SECONDS = 8.0


def average_spectrum(path: Path, *, seconds: float = HEARD_SECONDS) -> NDArray[np.float64]:
    """Mean log power of the first seconds in 60 bands up to 8 kHz, without its mean."""
    sound, rate = soundfile.read(path, always_2d=True)
    mono = sound[: int(seconds * rate)].mean(axis=1)
    frames = np.lib.stride_tricks.sliding_window_view(mono, N_FFT)[:: N_FFT // 2] * np.hanning(N_FFT)
    power = (np.abs(np.fft.rfft(frames, axis=1)) ** 2).mean(axis=0)
    hertz = np.fft.rfftfreq(N_FFT, 1 / rate)
    edges = np.geomspace(60, 8000, 61)
    bands = [power[(hertz >= low) & (hertz < high)].sum() for low, high in itertools.pairwise(edges)]
    logs = np.log10(np.array(bands) + 1e-12)
    return np.asarray(logs - logs.mean())


@pytest.fixture
def box(make_box: Callable[..., Any], face_clip: Path, long_songs: Path) -> Any:
    """A box that goes on playing however long a test takes to look."""
    return make_box(face_clip, paths={"music_folder": str(long_songs)})


@pytest.fixture
def after_observation(box: Any) -> tuple[Any, dict[str, Any]]:
    box.start()
    return box, box.observe()


def seconds_heard(path: Path) -> float:
    """How much of a song stands in a wav file that grows."""
    with soundfile.SoundFile(path) as file:
        rate, frame_bytes = file.samplerate, file.channels * 2
    return path.stat().st_size / rate / frame_bytes


def test_the_song_that_was_ranked_first_is_the_one_heard(make_box: Callable[..., Any], face_clip: Path) -> None:
    box = make_box(face_clip)
    box.start()
    status = box.observe()
    first = status["last_recommendation"]["ranked"][0]["path"]
    box.wait_for(lambda s: s["latencies"]["press_to_first_sound_seconds"] is not None)
    wait_until(lambda: seconds_heard(box.heard) > HEARD_SECONDS + 1, "a part of the song", seen=box.status)
    box.stop()

    heard = average_spectrum(box.heard)
    library = Path(box.settings["paths"]["music_folder"])
    likeness = {p.name: float(np.corrcoef(heard, average_spectrum(p))[0, 1]) for p in library.glob("*.ogg")}
    assert max(likeness, key=lambda name: likeness[name]) == Path(first).name
    assert likeness[Path(first).name] > 0.98


def test_the_seconds_fit_into_the_fifteen_and_are_explained(after_observation: tuple[Any, dict[str, Any]]) -> None:
    _, status = after_observation
    assert status["state"] == "playing"
    seen, chosen = status["last_observation"], status["last_recommendation"]
    assert set(seen["seconds"]) == set(FACE_LABELS)
    assert all(value >= 0 for value in seen["seconds"].values())
    assert sum(seen["seconds"].values()) <= 15 + 1e-3
    assert seen["coverage"] > 0.9, "the clip shows a face throughout"
    assert seen["frames_with_face"] <= seen["frames"]

    similarities = [choice["similarity"] for choice in chosen["ranked"]]
    assert len(similarities) == 5
    assert similarities == sorted(similarities, reverse=True)
    longest = max(seen["seconds"], key=lambda label: seen["seconds"][label])
    assert longest in chosen["reason"]
    assert chosen["ranked"][0]["title"] in chosen["reason"]


def test_a_short_press_plays_the_next_song(after_observation: tuple[Any, dict[str, Any]]) -> None:
    box, status = after_observation
    box.press()
    later = box.wait_for(lambda s: s["programme"]["plays"] and s["programme"]["songs_before"] == 1)
    first, second = (s["last_recommendation"]["ranked"] for s in (status, later))
    assert second[: len(first)] == first
    assert later["last_recommendation"]["position"] != status["last_recommendation"]["position"]
    assert later["observations"] == 1


def test_a_hold_stops_the_song(after_observation: tuple[Any, dict[str, Any]]) -> None:
    box, _ = after_observation
    box.press(hold_seconds=1)
    assert box.wait_for(lambda s: s["state"] == "idle")["fault"] is None


def test_the_song_just_played_is_passed_over_next_time(after_observation: tuple[Any, dict[str, Any]]) -> None:
    box, status = after_observation
    box.press(hold_seconds=1)
    box.wait_for(lambda s: s["state"] == "idle")
    again = box.observe()
    first = [s["last_recommendation"]["ranked"][0]["id"] for s in (status, again)]
    assert first[0] != first[1]
    assert first[0] not in [choice["id"] for choice in again["last_recommendation"]["ranked"]]


def test_nobody_before_the_camera_leads_to_no_song(make_box: Callable[..., Any], empty_clip: Path) -> None:
    box = make_box(empty_clip)
    box.start()
    status = box.observe()
    assert status["state"] == "idle"
    assert status["fault"] is None
    assert status["last_observation"]["coverage"] == 0
    assert "face" in status["notice"]
    assert status["last_recommendation"] is None


@pytest.mark.data
def test_happy_and_sad_faces_lead_to_different_songs(
    make_box: Callable[..., Any], posed_clip: Callable[[str], Path]
) -> None:
    outcomes = {}
    for label in ("happiness", "sadness"):
        box = make_box(posed_clip(label))
        box.start()
        outcomes[label] = box.observe()
        box.stop()
    for label, status in outcomes.items():
        seconds = status["last_observation"]["seconds"]
        assert max(seconds, key=lambda name: seconds[name]) == label, seconds
    songs = {label: status["last_recommendation"]["ranked"][0] for label, status in outcomes.items()}
    table = {song.id: song for song in read_song_table(RELEASE / "songs.sqlite").songs}
    assert songs["happiness"]["id"] != songs["sadness"]["id"]
    assert table[songs["happiness"]["id"]].valence > table[songs["sadness"]["id"]].valence


def test_mien_observe_explains_through_the_daemon(box: Any) -> None:
    box.start()
    finished = box.mien("observe")
    assert finished.returncode == 0, finished.stderr
    assert "Coverage" in finished.stdout
    assert "similarity" in finished.stdout
    busy = box.mien("observe")
    assert busy.returncode == 69
    assert "mien press --hold 1" in busy.stderr


def test_mien_observe_works_without_a_daemon(box: Any) -> None:
    finished = box.mien("observe")
    assert finished.returncode == 0, finished.stderr
    assert "similarity" in finished.stdout


def test_status_speaks_to_people_and_to_programs(after_observation: tuple[Any, dict[str, Any]]) -> None:
    box, _ = after_observation
    document = json.loads(box.mien("status", "--json").stdout)
    assert document["schema"] == 1
    assert document["state"] == "playing"
    text = box.mien("status").stdout
    assert any(line.startswith("playing ") for line in text.splitlines())
    assert document["last_recommendation"]["ranked"][0]["title"] in text
