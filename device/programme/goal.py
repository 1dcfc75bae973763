"""Where an evening leads: from the place of a face, step by step, to the goal that its owner set (the iso principle).

The first song meets the face where it is; each next one is sought a step further on the straight way to the goal, so
that the steps that are left are even, whatever the last song turned out to be like.

What is known of it: people in a sad mood lose their preference for happy music, but do not come to prefer sad music
(Hunter, Schellenberg & Griffith 2011); and sad music that people chose by themselves left them more depressed, whether
they brood or not (Garrido & Schubert 2015). That songs which begin at a mood and lead away from it lift it is old
practice in music therapy, and little tested. So a goal is an offer, and no treatment.
"""

import math
from collections.abc import Mapping

from device.emotion.labels import Place
from device.emotion.vectors import octant_of
from device.recommendation.wish import middle_of
from device.settings.sections import Goal

GOAL_LABELS: Mapping[Goal, str] = {"lift": "happy", "calm": "calm", "energise": "excited"}
"""The song label in the middle of whose octant a goal lies; to match is no way anywhere."""

MOST_STEP = 0.32
"""How far the next place is sought from the last song, so that a song found a little further on is no leap yet."""

MOST_JUMP = 0.4
"""How far a song may lie from the last one, in the plane, while the library has songs between."""

NEAR_GOAL = 0.2
"""So near is there."""


def destination(goal: Goal, start: Place) -> Place:
    """Return where the songs are to arrive: the middle of the goal's octant, or the start if it lies in that octant."""
    if goal == "match" or octant_of(start.valence, start.arousal) == GOAL_LABELS[goal]:
        return start
    return middle_of(GOAL_LABELS[goal])


def distance(one: Place, other: Place) -> float:
    """How far two places lie apart in the plane."""
    return math.hypot(one.valence - other.valence, one.arousal - other.arousal)


def next_place(last: Place, end: Place, *, steps_left: int) -> Place:
    """Return where to seek the next song: an even part of the way that is left, ``MOST_STEP`` of it at the most.

    :param steps_left: in how many steps the end should be reached, this one included; at least 1.
    """
    far = distance(last, end)
    part = min(1 / steps_left, MOST_STEP / far) if far else 1.0
    return Place(last.valence + part * (end.valence - last.valence), last.arousal + part * (end.arousal - last.arousal))
