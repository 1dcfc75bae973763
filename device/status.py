"""What ``mien status`` says: one JSON document, and the same for a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from device.observation import Observation
from device.recommendation import Recommendation
from device.release import Manifest
from device.session import Session, light_of

SCHEMA_VERSION = 1

Status = dict[str, Any]

_SHOWN_SECONDS = 0.05  # less would be printed as 0.0


@dataclass(frozen=True, slots=True)
class Inventory:
    """What the daemon found when it started."""

    manifest: Manifest
    songs_loaded: int
    songs_missing: int
    """Songs of the table whose file is not in the music folder."""
    camera: str
    sound: str
    started_at: float


@dataclass(frozen=True, slots=True)
class Latencies:
    """Seconds from the press, None as long as it did not happen."""

    press_to_first_frame: float | None = None
    press_to_observed: float | None = None
    press_to_first_sound: float | None = None


def status_of(
    session: Session, inventory: Inventory, latencies: Latencies, board: Mapping[str, Any], *, now: float
) -> Status:
    """Everything there is to say, ready for JSON; times in seconds."""
    fault = session.fault
    return {
        "schema": SCHEMA_VERSION,
        "state": session.state.value,
        "state_seconds": round(now - session.since, 3),
        "light": light_of(session).value,
        "observations": session.presses,
        "notice": session.notice,
        "fault": {"cause": fault.cause.value, "what": fault.what, "mend": fault.mend} if fault else None,
        "release": {
            "id": inventory.manifest.release_id,
            "created": inventory.manifest.created,
            "versions": dict(inventory.manifest.versions),
        },
        "songs": {"loaded": inventory.songs_loaded, "missing": inventory.songs_missing},
        "camera": inventory.camera,
        "sound": inventory.sound,
        "last_observation": describe_observation(session.observation) if session.observation else None,
        "last_recommendation": (
            describe_recommendation(session.recommendation, session.position) if session.recommendation else None
        ),
        "latencies": {
            "press_to_first_frame_seconds": latencies.press_to_first_frame,
            "press_to_observed_seconds": latencies.press_to_observed,
            "press_to_first_sound_seconds": latencies.press_to_first_sound,
        },
        "board": dict(board),
        "uptime_seconds": round(now - inventory.started_at, 1),
    }


def describe_observation(observation: Observation) -> Status:
    """Seconds by emotion, coverage and pace."""
    return {
        "seconds": {label: round(seconds, 4) for label, seconds in observation.by_label.items()},
        "duration_seconds": observation.duration_seconds,
        "coverage": round(observation.coverage, 4),
        "frames": observation.frames,
        "frames_with_face": observation.frames_with_face,
        "frames_per_second": round(observation.frames_per_second, 2),
    }


def describe_recommendation(recommendation: Recommendation, position: int) -> Status:
    """Return the ranked songs, and why the one at ``position`` was chosen."""
    return {
        "position": position,
        "reason": recommendation.reason(position),
        "ranked": [
            {
                "id": r.song.id,
                "title": r.song.title,
                "artist": r.song.artist,
                "path": r.song.path,
                "similarity": round(r.similarity, 4),
            }
            for r in recommendation.ranked
        ],
    }


def status_lines(status: Mapping[str, Any]) -> list[str]:
    """Say the same in a few lines, what is wrong first."""
    lines = []
    if status["fault"]:
        fault = status["fault"]
        lines += [f"FAULT      {fault['cause']}: {fault['what']}", f"  mend     {fault['mend']}"]
    lines.append(f"state      {status['state']} for {status['state_seconds']:.0f} s (LED {status['light']})")
    if status["notice"]:
        lines.append(f"notice     {status['notice']}")
    if status["last_recommendation"]:
        lines.append(f"last song  {status['last_recommendation']['reason']}")
    if status["last_observation"]:
        lines.append(f"last seen  {observation_line(status['last_observation'])}")
    songs, release = status["songs"], status["release"]
    missing = f", {songs['missing']} not in the music folder" if songs["missing"] else ""
    versions = ", ".join(f"{part} {version}" for part, version in release["versions"].items())
    lines += [
        f"songs      {songs['loaded']} loaded{missing}",
        f"release    {release['id']} ({versions})",
        f"camera     {status['camera']}",
        f"sound      {status['sound']}",
        *_measured_lines(status),
        f"uptime     {status['uptime_seconds']:.0f} s",
    ]
    return lines


def observation_line(observation: Mapping[str, Any]) -> str:
    """One line about an observation: the seconds by emotion, how much was seen, and how fast."""
    felt = ", ".join(
        f"{label} {seconds:.1f} s" for label, seconds in observation["seconds"].items() if seconds >= _SHOWN_SECONDS
    )
    coverage, pace = observation["coverage"], observation["frames_per_second"]
    return f"{felt or 'no expression'} (coverage {coverage:.0%}, {pace:.1f} frames per second)"


def _measured_lines(status: Mapping[str, Any]) -> list[str]:
    lines = []
    first_sound = status["latencies"]["press_to_first_sound_seconds"]
    if first_sound is not None:
        lines.append(f"latency    {first_sound:.2f} s from press to first sound")
    if status["board"]:
        lines.append(
            "board      " + ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in status["board"].items())
        )
    return lines
