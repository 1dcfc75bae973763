"""What ``mien status --json`` says: one document, described by ``device/status/status_schema.json``."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import SONG_LABELS
from device.emotion.vectors import octant_of
from device.errors import PlayerError
from device.observation.observation import Observation
from device.observation.plane_place import MeanPlace
from device.panel.panel import Light
from device.player.player import Player
from device.programme.goal import NEAR_GOAL, destination, distance
from device.programme.programme import Programme, Step
from device.recommendation.recommendation import Recommendation
from device.recommendation.song import Song
from device.releases.manifest import Manifest
from device.session.history import HistoryHealth
from device.session.machine.session import Session
from device.status.control_socket import SCHEMA_VERSION, Status
from device.status.problems import Finding, problems_of


class TasteOf(Protocol):
    """Says what was learnt of a song for a part of the plane, with what it does; None if nothing was."""

    def __call__(self, song: Song, part: str, /, *, likes_lift: bool) -> Mapping[str, Any] | None:
        """Look it up."""


@dataclass(frozen=True, slots=True)
class LoadedParts:
    """What the daemon found when it started."""

    manifest: Manifest
    playable: NDArray[np.bool_]
    """For each song of the table whether its file is there, as far as is known by now, ``(n,)``."""
    camera: str
    started_at: float
    release_notice: str = ""
    """That the box went back to this release by itself, and why."""

    @property
    def songs_loaded(self) -> int:
        """How many songs can play."""
        return int(self.playable.sum())

    @property
    def songs_missing(self) -> int:
        """How many songs of the table have no file in the music folder."""
        return len(self.playable) - self.songs_loaded


@dataclass(frozen=True, slots=True)
class Latencies:
    """Seconds from the press, None as long as it did not happen."""

    press_to_streaming: float | None = None
    """The camera is open and streams."""
    press_to_first_frame: float | None = None
    press_to_first_credited: float | None = None
    """The first frame came that earned an emotion time."""
    press_to_observed: float | None = None
    press_to_first_sound: float | None = None


@dataclass(frozen=True, slots=True)
class MemoryState:
    """Whether the daemon's memory may be swapped out, and how much of it is."""

    locked: bool
    swapped_bytes: int
    why_not: str = ""
    """Why it is not locked; empty if it is."""


@dataclass(frozen=True, slots=True)
class LiveState:
    """What is looked up afresh for every status."""

    light: Light
    player: Player
    board: Mapping[str, Any] = field(default_factory=dict)
    history: HistoryHealth = field(default_factory=HistoryHealth)
    watching: Mapping[str, Any] | None = None
    """What the observation under way has seen so far."""
    hint: str = ""
    """What would have helped the last observation to see better."""
    findings: Sequence[Finding] = ()
    """What the looks at camera, sound, button, folders and signers found last."""
    memory: MemoryState = field(default_factory=lambda: MemoryState(locked=False, swapped_bytes=0))
    settings: Mapping[str, Any] = field(default_factory=lambda: {"file": "", "trouble": None})
    """Which settings file was read, and what is the trouble with it by now."""
    tastes: Mapping[str, Any] = field(default_factory=lambda: {"is_used": False, "songs": 0, "trouble": None})
    """How much was learnt from skips and from songs heard to their ends."""
    taste_of: TasteOf = lambda _song, _part, *, likes_lift: None  # noqa: ARG005
    """What was learnt of a song for a part of the plane."""
    resting: Mapping[str, Any] = field(default_factory=lambda: {"faces": [], "stale": [], "trouble": None})
    """Whose resting faces are kept."""
    surroundings: Mapping[str, Any] = field(default_factory=dict)
    """How loud it is, what hours these are, and what the box will do by itself, each under its key."""


def status_of(session: Session, loaded: LoadedParts, latencies: Latencies, live: LiveState, *, now: float) -> Status:
    """Everything there is to say, ready for JSON; times in seconds."""
    fault, manifest = session.fault, loaded.manifest
    sound, sound_trouble = _sound_of(live.player)
    status = {
        "schema": SCHEMA_VERSION,
        "state": session.state.value,
        "state_seconds": round(now - session.since, 3),
        "light": live.light.value,
        "observations": session.presses,
        "notice": session.notice,
        "hint": live.hint,
        "fault": {"cause": fault.cause.value, "what": fault.what, "mend": fault.mend} if fault else None,
        "release": {
            "id": manifest.release_id,
            "created": manifest.created,
            "versions": dict(manifest.versions),
            "notice": loaded.release_notice,
        },
        "songs": {"loaded": loaded.songs_loaded, "missing": loaded.songs_missing},
        "camera": loaded.camera,
        "sound": sound,
        "sound_trouble": sound_trouble,
        "findings": [finding.document() for finding in live.findings],
        "watching": live.watching,
        "last_observation": describe_observation(session.observation) if session.observation else None,
        "programme": describe_programme(session, live.taste_of, now=now),
        "last_recommendation": (
            describe_recommendation(session.recommendation, session.position) if session.recommendation else None
        ),
        "latencies": {f"{name}_seconds": seconds for name, seconds in asdict(latencies).items()},
        "board": dict(live.board),
        "history": asdict(live.history),
        "resting": dict(live.resting),
        "tastes": dict(live.tastes),
        "memory": asdict(live.memory),
        "settings": dict(live.settings),
        "uptime_seconds": round(now - loaded.started_at, 1),
        **live.surroundings,
    }
    return status | {"problems": [problem.document() for problem in problems_of(status)]}


def describe_observation(observation: Observation) -> Status:
    """Seconds by emotion, the place in the plane, whether that was corrected, coverage and pace."""
    uncorrected = observation.uncorrected_seconds
    return {
        "seconds": {label: round(seconds, 4) for label, seconds in observation.by_label.items()},
        "plane_place": describe_place(observation.place),
        "resting": observation.resting or None,
        "uncorrected_seconds": uncorrected
        and {label: round(seconds, 4) for label, seconds in zip(observation.labels, uncorrected, strict=True)},
        "duration_seconds": observation.duration_seconds,
        "coverage": round(observation.coverage, 4),
        "frames": observation.frames,
        "frames_with_face": observation.frames_with_face,
        "frames_per_second": round(observation.frames_per_second, 2),
    }


def describe_place(place: MeanPlace | None) -> Status | None:
    """A mean place in the plane, how it spread, and the mood it lies in; None as it is."""
    if place is None:
        return None
    told: Status = {name: round(value, 4) for name, value in asdict(place).items()}
    return {**told, "mood": octant_of(place.valence, place.arousal)}


def describe_recommendation(recommendation: Recommendation, position: int) -> Status:
    """Return the ranked songs, and why the one at ``position`` was chosen."""
    return {
        "position": position,
        "reason": recommendation.reason(position),
        "query": _by_label(recommendation.query),
        "resting": (recommendation.observation and recommendation.observation.resting) or None,
        "centre": describe_place(recommendation.centre),
        "passed_over": [
            {"title": r.song.title, "artist": r.song.artist, "similarity": round(r.similarity, 4)}
            for r in recommendation.passed_over
        ],
        "ranked": [
            {
                "id": r.song.id,
                "title": r.song.title,
                "artist": r.song.artist,
                "path": r.song.path,
                "seconds": r.song.seconds,
                "similarity": round(r.similarity, 4),
                "vector": _by_label(r.song.vector),
            }
            for r in recommendation.ranked
        ],
    }


def describe_programme(session: Session, taste_of: TasteOf, *, now: float) -> Status | None:
    """Return the evening: what it is asked for, how far along it is, why this song plays and what comes next."""
    evening = session.evening
    if evening is None:
        return None
    programme, trouble = evening.programme, evening.trouble
    rules, step, heard = programme.rules, programme.playing, len(programme.steps_heard)
    upcoming = evening.upcoming if step and evening.knows_next else None
    part = step.sought.octant if step else programme.wish.octant
    return {
        "asked_for": programme.wish.words,
        "plays": step is not None,
        "by_hand": evening.recommendation.observation is None,
        "goal": rules.goal,
        "after_song": rules.after_song,
        "minutes": rules.minutes,
        "seconds_in": round(evening.seconds_in(now), 1),
        "songs_before": len(programme.played),
        "path": _describe_path(programme, heard) if rules.goal != "match" else None,
        "sought": step.sought.words if step else "",
        "gave_way": list(step.gave_way) if step else [],
        "learnt": taste_of(step.choice.song, part, likes_lift=programme.likes_lift) if step else None,
        "knows_next": evening.knows_next,
        "next": _describe_step(upcoming) if upcoming else None,
        "trouble": {"what": trouble.what, "mend": trouble.mend} if trouble else None,
    }


def _describe_step(step: Step) -> Status:
    song = step.choice.song
    return {
        "title": song.title,
        "artist": song.artist,
        "similarity": round(step.choice.similarity, 4),
        "sought": step.sought.words,
        "mood": step.octant,
        "gave_way": list(step.gave_way),
    }


def _describe_path(programme: Programme, heard: int) -> Status:
    """Say where a goal lies, and how much of the way to it is behind."""
    end = destination(programme.rules.goal, programme.wish.place)
    whole = distance(programme.wish.place, end)
    at = programme.playing.place if programme.playing else programme.wish.place
    share = 1.0 if whole <= NEAR_GOAL else min(max(1 - distance(at, end) / whole, 0.0), 1.0)
    return {
        "song": heard + (programme.playing is not None),
        "songs": programme.rules.path_songs,
        "mood": octant_of(end.valence, end.arousal),
        "share": round(share, 2),
        "is_there": distance(at, end) <= NEAR_GOAL,
    }


def _by_label(vector: Sequence[float]) -> dict[str, float]:
    return {label: round(share, 4) for label, share in zip(SONG_LABELS, vector, strict=True)}


def _sound_of(player: Player) -> tuple[str, Status | None]:
    """Return where the sound goes, and what is wrong if nothing would be heard; a look at the list of cards at most."""
    try:
        return player.check(), None
    except PlayerError as error:
        return "none", error.document()
