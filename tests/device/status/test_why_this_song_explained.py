"""What a person reads of an observation, and of the daemon's state."""

from collections.abc import Callable
from typing import Any

from device.observation.observation import Observation
from device.observation.plane_place import MeanPlace
from device.recommendation.recommendation import RankedSong, Recommendation
from device.status.status import describe_observation, describe_recommendation
from device.status.text import observation_line
from device.status.why_this_song import explanation_lines


def test_an_observation_is_told_as_bars_and_a_reason(
    make_observation: Callable[..., Observation], make_song: Callable[..., Any]
) -> None:
    place = MeanPlace(0.68, 0.554, 0.2, 0.09)
    observation = make_observation({"happiness": 9.84, "surprise": 4.1, "anger": 0.0}, place=place)
    ranked = (RankedSong(make_song(1), 0.93), RankedSong(make_song(2, artist=""), 0.71))
    recommendation = Recommendation(observation, (1.0,) * 8, ranked, centre=place)
    lines = explanation_lines(describe_observation(observation), describe_recommendation(recommendation, 0), "")
    text = "\n".join(lines)
    assert "happiness    9.8 s  ████████████████████" in text
    assert "Coverage 93%: a face in 140 of 150 frames, 10.0 frames per second." in text
    assert "Place by the probabilities: valence +0.68, arousal +0.55, happy; spread 0.20 and 0.09." in lines
    assert "the face lies at valence +0.68, arousal +0.55, happy" in lines
    assert "  1. 0.930  Title 1 — Artist" in text
    assert "  2. 0.710  Title 2" in text
    assert "because: 9.8 s happiness, 4.1 s surprise → Title 1 — Artist, similarity 0.93" in lines


def test_too_little_seen_is_told_with_its_reason(make_observation: Callable[..., Observation]) -> None:
    seen = describe_observation(make_observation({"happiness": 0.4}))
    assert explanation_lines(seen, None, "sit in the light")[-1] == "No song: sit in the light"


def test_one_line_says_what_was_seen(make_observation: Callable[..., Observation]) -> None:
    line = observation_line(describe_observation(make_observation({"anger": 0.0, "happiness": 3.0})))
    assert line == "happiness 3.0 s (coverage 20%, 10.0 frames per second)"


def test_one_line_begins_with_the_place_that_is_known(make_observation: Callable[..., Observation]) -> None:
    seen = make_observation({"happiness": 3.0}, place=MeanPlace(-0.1, 0.0, 0.2, 0.1))
    line = observation_line(describe_observation(seen))
    assert line.startswith("valence -0.10, arousal +0.00, frustrated: happiness 3.0 s (")
