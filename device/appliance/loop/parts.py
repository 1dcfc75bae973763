"""What an appliance is built of."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device.appliance.host import Clock, Power, Supervisor
from device.appliance.memory_lock import MemoryLock
from device.appliance.self_check import SelfCheck
from device.observation.perception import FaceReader
from device.panel.knob import Knob
from device.panel.panel import Panel
from device.player.player import Player
from device.recommendation.recommendation import Recommender
from device.session.history import History
from device.session.resting_faces import RestingFaces
from device.session.song_choice import SongChoice
from device.session.surroundings import Surroundings
from device.settings.sections import ObservationSettings


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that an appliance is built of."""

    face_reader: FaceReader
    observation: ObservationSettings
    recommender: Recommender
    songs: SongChoice
    player: Player
    panel: Panel
    knob: Knob
    power: Power
    clock: Clock
    supervisor: Supervisor
    history: History
    resting_faces: RestingFaces
    log_observations: bool
    """Whether what was seen and played is logged."""
    memory: MemoryLock
    board_health: Callable[[], Mapping[str, Any]]
    music_folder: Path
    chime_folder: Path | None
    """Where the chimes are; None for a silent box."""
    look_for_songs: Callable[[], None]
    """Notice, aside, songs that were missing and are there by now."""
    count_songs: Callable[[], None]
    """Notice, aside, songs that went as well; costs nothing where that was done of late."""
    self_check: SelfCheck
    camera_signs: Callable[[], Hashable]
    """Say what changes when the camera comes or goes."""
    look_at_start: bool
    """Whether the camera is tried once at the start."""
    surroundings: Surroundings
    """How loud it is, whether it is quiet, and whether anybody is there."""
    settings_state: Callable[[], Mapping[str, Any]]
    """Say which settings file was read, and whether it says something else by now."""
