"""Faces tracked from frame to frame: near their last places at every frame, in the whole picture now and then."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from device.camera.camera import Frame
from device.faces.detector import FaceBox, FaceDetector, choose_face, overlap

FacePolicy = Literal["largest", "mean"]

SEARCH_SECONDS = 0.1
"""While no face is tracked, the whole picture is searched at most this often: an empty room keeps the box cool."""

BRIDGED_SECONDS = 0.5
"""A face that is lost is looked for in its last place for this long; meanwhile no emotion is read or credited."""

_SAME_FACE_OVERLAP = 0.3
_MOST_MISSES = 2  # searches of the whole picture in a row that do not show a face which is tracked


@dataclass(slots=True)
class _Track:
    """Where a face was seen, and when; ``misses`` counts the searches that did not show it though it was seen."""

    box: FaceBox
    seen_at: float
    misses: int = 0


@dataclass(slots=True)
class FaceTracker:
    """Finds the faces of one observation's frames; make a new one for the next observation.

    A whole picture costs ten times a look near the last place, so it is searched at once when nothing is tracked (but
    at most every :data:`SEARCH_SECONDS`), and every ``whole_picture_seconds`` otherwise. What it shows is framed by a
    look near it, so that all boxes come from the same kind of look. A face that two of these searches in a row do not
    show is let go: the look near the last place is lenient, and might hold on to what is none.

    With the policy "largest" only the largest face is tracked, with "mean" all of them.
    """

    detector: FaceDetector
    policy: FacePolicy
    whole_picture_seconds: float
    """While a face is tracked, the whole picture is searched this often, for a face that is larger by now."""
    _tracks: list[_Track] = field(init=False, default_factory=list)
    _searched_at: float | None = field(init=False, default=None)

    def find(self, frame: Frame) -> list[FaceBox]:
        """Return the boxes of the faces that this frame shows, the largest first; frames come in their order."""
        now = frame.timestamp
        for track in self._tracks:
            box = self.detector.detect_near(frame.luma, track.box)
            if box is not None:
                track.box, track.seen_at = box, now
        self._tracks = _distinct([track for track in self._tracks if now - track.seen_at <= BRIDGED_SECONDS])
        if self._is_time_to_search(now):
            self._search(frame)
        if self.policy == "largest":
            self._keep_largest(now)
        return [track.box for track in self._tracks if track.seen_at == now]

    def _is_time_to_search(self, now: float) -> bool:
        if self._searched_at is None:
            return True
        seen_now = any(track.seen_at == now for track in self._tracks)
        return now - self._searched_at >= (self.whole_picture_seconds if seen_now else SEARCH_SECONDS)

    def _search(self, frame: Frame) -> None:
        """Search the whole picture: note faces that are new, and count a miss for those that it does not show."""
        self._searched_at = frame.timestamp
        boxes = [self.detector.detect_near(frame.luma, box) or box for box in _in_whole(self.detector, frame)]
        for track in self._tracks:
            shown = any(overlap(track.box, box) >= _SAME_FACE_OVERLAP for box in boxes)
            track.misses = 0 if shown else track.misses + (track.seen_at == frame.timestamp)
        tracked = [track for track in self._tracks if track.misses < _MOST_MISSES]
        self._tracks = _distinct([*tracked, *(_Track(box, frame.timestamp) for box in boxes)])

    def _keep_largest(self, now: float) -> None:
        """Keep the largest of the faces seen now; where none is seen, the largest of those that were."""
        seen = [track for track in self._tracks if track.seen_at == now] or self._tracks
        largest = choose_face([track.box for track in seen])
        self._tracks = [track for track in seen if track.box is largest]


def _in_whole(detector: FaceDetector, frame: Frame) -> Sequence[FaceBox]:
    """Search the smaller plane where there is one; return boxes in the larger one's pixels."""
    if frame.lores is None:
        return detector.detect(frame.luma)
    times = frame.luma.shape[1] / frame.lores.shape[1]
    return [
        FaceBox(round(box.x * times), round(box.y * times), round(box.width * times), round(box.height * times))
        for box in detector.detect(frame.lores)
    ]


def _distinct(tracks: list[_Track]) -> list[_Track]:
    """Sort by size, the largest first; of tracks that overlap keep the one that was seen last, or was there first."""
    kept: list[_Track] = []
    for track in sorted(tracks, key=lambda track: -track.seen_at):
        if all(overlap(track.box, other.box) < _SAME_FACE_OVERLAP for other in kept):
            kept.append(track)
    return sorted(kept, key=lambda track: -track.box.area)
