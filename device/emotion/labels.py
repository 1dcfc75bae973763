"""The labels of faces and songs, and where face emotions lie in the valence–arousal plane; loads no numpy."""

import difflib
from dataclasses import dataclass

FACE_LABELS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral", "contempt")
"""Face labels; the index is the integer in the field's csv files (CK+, FER2013 order with contempt last)."""

SONG_LABELS = ("frustrated", "tense", "excited", "happy", "content", "calm", "tired", "depressed")
"""Song labels clockwise from the left of the plane: the canonical order everywhere."""

MOODS = f"a song's emotion ({', '.join(SONG_LABELS)}) or a face's ({', '.join(FACE_LABELS)})"
"""What music can be asked for by, in words."""

NEUTRAL = "neutral"
"""The ninth label of the grid plane: its four central squares."""


@dataclass(frozen=True, slots=True)
class Place:
    """A point of the plane; both values in [-1, 1].

    :raises ValueError: if a value lies outside.
    """

    valence: float
    arousal: float

    def __post_init__(self) -> None:
        """Refuse a place outside the plane."""
        if not (-1 <= self.valence <= 1 and -1 <= self.arousal <= 1):
            msg = f"valence {self.valence} and arousal {self.arousal} must lie in [-1, 1]"
            raise ValueError(msg)


FACE_PLACES = {
    "anger": Place(-0.51, 0.59),
    "disgust": Place(-0.60, 0.35),
    "fear": Place(-0.64, 0.60),
    "happiness": Place(0.81, 0.51),
    "sadness": Place(-0.63, -0.27),
    "surprise": Place(0.40, 0.67),
    "neutral": Place(0.0, -0.3),
    "contempt": Place(-0.555, 0.47),
}
"""Mean place of each face emotion: Russell & Mehrabian 1977. Contempt has no norm there: it is the midpoint of anger
and disgust. Neutral is put below the centre, since raters call neutral faces low in arousal."""


def trouble_with_mood(word: str) -> str:
    """Say that a word is no label of songs or faces, and which one is near; empty if it is one, whatever its case."""
    labels = [*SONG_LABELS, *FACE_LABELS]
    if word.casefold() in labels:
        return ""
    near = difflib.get_close_matches(word.casefold(), labels, n=1)
    return f"unknown emotion {word!r}" + (f"; did you mean {near[0]!r}?" if near else "")
