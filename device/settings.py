"""Every setting of the box: name, default, and one sentence; units stand in the names."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from device.emotion import FACE_PLACES, FACE_SIGMA, Place
from device.observation import MAXIMUM_HOLD_SECONDS, OBSERVATION_SECONDS, Credit
from device.recommendation import TOP, QueryRule


def _setting(
    default: Any,  # noqa: ANN401 - each field declares its own type
    sentence: str,
    *,
    choices: tuple[str, ...] = (),
    least: float | None = None,
    most: float | None = None,
) -> Any:  # noqa: ANN401
    limits = {"sentence": sentence, "choices": choices, "least": least, "most": most}
    return field(default=default, metadata=limits)


@dataclass(frozen=True, slots=True)
class PathSettings:
    """Where things are; a relative path counts from the folder of the settings file."""

    release_folder: Path = _setting(Path("/var/lib/mien/releases/current"), "The release: models and song table.")
    music_folder: Path = _setting(Path("/var/lib/mien/music"), "The folder that the song table's paths start from.")
    state_folder: Path = _setting(Path("/var/lib/mien/state"), "The only folder that the daemon writes to.")
    control_socket: Path = _setting(
        Path("/run/mien/control.sock"), "The Unix socket that mien status and mien press speak to."
    )


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """Where the pictures come from."""

    driver: str = _setting(
        "picamera2", "Which camera: the Pi's own, a USB one, or a recording.", choices=("picamera2", "v4l2", "recorded")
    )
    device: str = _setting("/dev/video0", "The USB camera (v4l2 only).")
    width: int = _setting(640, "Width of a frame in pixels.", least=160, most=1920)
    height: int = _setting(480, "Height of a frame in pixels.", least=120, most=1080)
    frames_per_second: float = _setting(15.0, "Frames asked of the camera each second.", least=1, most=60)
    recording: Path = _setting(Path("clip.mp4"), "A clip, or a folder of pictures (recorded only).")
    paced: bool = _setting(True, "Whether a recording runs at its true pace (recorded only).")
    loop: bool = _setting(False, "Whether a recording starts anew when it ends (recorded only).")


@dataclass(frozen=True, slots=True)
class FaceSettings:
    """How faces are found."""

    detection_width: int = _setting(
        320, "Faces are searched in a picture of this width, in pixels.", least=80, most=1920
    )
    scale_factor: float = _setting(1.2, "Step between the sizes of faces that are searched.", least=1.01, most=2)
    minimum_face_share: float = _setting(
        0.1, "Height of the smallest face that counts, as a share of the frame's.", least=0.02, most=1
    )


@dataclass(frozen=True, slots=True)
class ObservationSettings:
    """How a face becomes seconds of emotions."""

    seconds: float = _setting(OBSERVATION_SECONDS, "Length of an observation in seconds.", least=1, most=120)
    maximum_hold_seconds: float = _setting(
        MAXIMUM_HOLD_SECONDS, "Longest time for which one frame speaks.", least=0.05, most=5
    )
    minimum_coverage: float = _setting(
        0.2, "Below this share of the time with a readable face no song plays.", least=0, most=1
    )
    credit: Credit = _setting(
        "label",
        "Whether a frame's time goes to its likeliest label or is shared out.",
        choices=("label", "probabilities"),
    )


@dataclass(frozen=True, slots=True)
class RecommendationSettings:
    """How an observation finds its song."""

    query: QueryRule = _setting(
        "centre",
        "Compare songs with the centre of the emotions seen, or with the sum of their vectors (the source's way).",
        choices=("centre", "sum"),
    )
    top: int = _setting(TOP, "How many songs are ranked.", least=1, most=50)
    avoid_recent: int = _setting(
        5, "How many songs played last are passed over; 0 is the plain rule.", least=0, most=1000
    )
    sigma: float = _setting(FACE_SIGMA, "Standard deviation of a face emotion's place.", least=0, most=1)
    k: float = _setting(1.0, "How many standard deviations its rectangle reaches.", least=0.1, most=3)


@dataclass(frozen=True, slots=True)
class SoundSettings:
    """What is heard."""

    output: str = _setting(
        "alsa", "An ALSA card, a wav file, or nowhere.", choices=("alsa", "default", "file", "dummy")
    )
    card: str = _setting("", "Name of the ALSA card, as aplay -l shows it; empty takes the first.")
    recording: Path = _setting(Path("heard.wav"), 'The wav file, for output = "file".')
    start_volume_percent: int = _setting(60, "Volume at the start, never above the maximum.", least=0, most=100)
    maximum_volume_percent: int = _setting(80, "Volume that is never exceeded.", least=0, most=100)
    fade_seconds: float = _setting(0.4, "Length of the fades.", least=0, most=5)
    chimes: bool = _setting(True, "Whether short sounds mark ready, start, no face, error and good-bye.")


@dataclass(frozen=True, slots=True)
class PanelSettings:
    """The button and the LED."""

    driver: str = _setting("gpiozero", "The Pi's own lines, or none.", choices=("gpiozero", "simulated"))
    button_gpio: int = _setting(17, "GPIO number of the button.", least=0, most=53)
    led_gpio: int = _setting(27, "GPIO number of the LED.", least=0, most=53)
    button_pull_up: bool = _setting(True, "Whether the button connects the line to ground.")
    led_active_high: bool = _setting(True, "Whether the LED lights when its line is high.")
    power_off: bool = _setting(True, "Whether holding the button for 5 s shuts the machine down.")


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, by section; ``places`` maps a face label to its place in the valence–arousal plane."""

    paths: PathSettings = field(default_factory=PathSettings)
    camera: CameraSettings = field(default_factory=CameraSettings)
    faces: FaceSettings = field(default_factory=FaceSettings)
    observation: ObservationSettings = field(default_factory=ObservationSettings)
    recommendation: RecommendationSettings = field(default_factory=RecommendationSettings)
    sound: SoundSettings = field(default_factory=SoundSettings)
    panel: PanelSettings = field(default_factory=PanelSettings)
    places: dict[str, Place] = field(default_factory=lambda: dict(FACE_PLACES))
