"""An observation and its recommendation, explained on a terminal."""

from collections.abc import Mapping
from typing import Any

from device.status.why_this_song import reason_document, reason_lines

_BAR_WIDTH = 30


def explanation_lines(
    observation: Mapping[str, Any], recommendation: Mapping[str, Any] | None, notice: str
) -> list[str]:
    """Explain the two documents of :mod:`device.status.status`: seconds as bars, the ranked songs, and why it is the first."""
    duration = observation["duration_seconds"]
    lines = [f"Seconds of each emotion, of {duration:g}:"]
    for label, seconds in observation["seconds"].items():
        bar = "█" * round(_BAR_WIDTH * seconds / duration)
        lines.append(f"  {label:<10} {seconds:5.1f} s  {bar}")
    faces = f"a face in {observation['frames_with_face']} of {observation['frames']} frames"
    lines.append(
        f"Coverage {observation['coverage']:.0%}: {faces}, {observation['frames_per_second']:.1f} frames per second.\n"
    )
    if recommendation is None:
        return [*lines, f"No song: {notice}" if notice else "No song."]
    lines.append(f"The nearest {len(recommendation['ranked'])}:")
    for place, choice in enumerate(recommendation["ranked"], start=1):
        artist = f" — {choice['artist']}" if choice["artist"] else ""
        lines.append(f"  {place}. {choice['similarity']:.3f}  {choice['title']}{artist}")
    why = reason_lines(reason_document(recommendation, recommendation["position"]))
    return [*lines, "", *why]
