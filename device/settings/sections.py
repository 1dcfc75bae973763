"""Every setting of the box: name, default, and one sentence; units stand in the names.

Every default is written here and nowhere else. A part that needs few of these values is given them one by one, a part
that needs many takes its whole section.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from device.emotion.labels import FACE_LABELS, FACE_PLACES, Place

Goal = Literal["match", "lift", "calm", "energise"]
"""Where the songs of an evening lead; ``match`` stays with the face, which is the source's rule."""

GOALS: tuple[Goal, ...] = get_args(Goal)

LEAST_MINUTES, MOST_MINUTES = 1.0, 1440.0
"""How long music may go on by itself."""


def _setting(  # noqa: PLR0913 - each is one thing that a key may have
    default: Any,  # noqa: ANN401 - each field declares its own type
    sentence: str,
    *,
    choices: tuple[str | int, ...] = (),
    least: float | None = None,
    most: float | None = None,
    is_time: bool = False,
) -> Any:  # noqa: ANN401
    limits = {"sentence": sentence, "choices": choices, "least": least, "most": most, "is_time": is_time}
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

    @property
    def history_file(self) -> Path:
        """What was observed and played."""
        return self.state_folder / "history.sqlite"

    @property
    def taste_file(self) -> Path:
        """What skips, and songs heard to their ends, have taught."""
        return self.state_folder / "taste.json"

    @property
    def volume_file(self) -> Path:
        """The volume that was set by hand."""
        return self.state_folder / "volume.json"

    @property
    def resting_file(self) -> Path:
        """What the household's faces read like at rest."""
        return self.state_folder / "resting_faces.json"


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """Where the pictures come from."""

    driver: str = _setting(
        "picamera2",
        "Which camera: the Pi's own, a USB one, a recording, or a simulated one that shows plain grey.",
        choices=("picamera2", "v4l2", "recorded", "simulated"),
    )
    device: str = _setting(
        "/dev/video0", "The USB camera (v4l2 only); its names under /dev/v4l/by-id stay the same at every boot."
    )
    module: str = _setting(
        "",
        "Which of the Pi's own cameras: its number, counted from 0 without USB cameras, or its sensor's name, as"
        " rpicam-hello --list-cameras shows it; empty for the first (picamera2 only).",
    )
    width: int = _setting(640, "Width of a frame in pixels.", least=160, most=1920)
    height: int = _setting(480, "Height of a frame in pixels.", least=120, most=1080)
    rotation: Literal[0, 90, 180, 270] = _setting(
        0,
        "How many degrees clockwise the pictures are turned to stand upright: 180 where the camera hangs upside down.",
        choices=(0, 90, 180, 270),
    )
    mirror: bool = _setting(False, "Whether the pictures, turned upright, are mirrored left to right.")
    mains_hertz: Literal[0, 50, 60] = _setting(
        0,
        "Frequency of the mains, whose lamps would draw bands into the pictures; 0 leaves it to the camera"
        " (picamera2 only).",
        choices=(0, 50, 60),
    )
    frames_per_second: float = _setting(15.0, "Frames asked of the camera each second.", least=1, most=60)
    slowest_frames_per_second: float = _setting(
        6.0,
        "Pace down to which poor light may bring the camera, which then exposes for longer (picamera2 only).",
        least=1,
        most=60,
    )
    keep_ready: bool = _setting(
        True,
        "Whether the camera stays configured, not streaming, between observations, which keeps other programs from it;"
        " without it a press takes longer (picamera2 only).",
    )
    recording: Path = _setting(Path("clip.mp4"), "A clip, or a folder of pictures (recorded only).")
    paced: bool = _setting(True, "Whether a recording runs at its true pace (recorded only).")
    loop: bool = _setting(False, "Whether a recording starts again when it ends (recorded only).")
    lux: float = _setting(200.0, "Light on the scene, as the camera tells it (simulated only).", least=0, most=100_000)


@dataclass(frozen=True, slots=True)
class FaceSettings:
    """How faces are found."""

    detector: str = _setting(
        "haar",
        "The cascade that OpenCV brings, YuNet, whose file you supply, or simulated: one face amid each frame.",
        choices=("haar", "yunet", "simulated"),
    )
    somebody: bool = _setting(True, "Whether that one face is there (simulated only).")
    yunet_file: Path = _setting(
        Path("face_detection_yunet_2023mar.onnx"), "The network of the OpenCV Zoo (yunet only)."
    )
    policy: Literal["largest", "mean"] = _setting(
        "largest",
        "Which of several faces counts: the largest, or all of them, their probabilities averaged.",
        choices=("largest", "mean"),
    )
    detection_width: int = _setting(
        320, "The whole picture is searched for faces at this width, in pixels.", least=80, most=1920
    )
    whole_picture_seconds: float = _setting(
        2.0,
        "How often the whole picture is searched while a face is followed.",
        least=0.1,
        most=60,
    )
    scale_factor: float = _setting(
        1.2, "Step between the sizes of faces that are searched in the whole picture (haar only).", least=1.01, most=2
    )
    minimum_face_share: float = _setting(
        0.1, "Height of the smallest face that counts, as a share of the frame's.", least=0.02, most=1
    )
    resting: bool = _setting(True, "Whether readings are corrected by the resting faces that mien calibrate has kept.")


@dataclass(frozen=True, slots=True)
class EmotionSettings:
    """How an expression is read."""

    classifier: str = _setting(
        "tflite",
        "The release's model, or simulated: every face shows the same expression.",
        choices=("tflite", "simulated"),
    )
    expression: str = _setting("happiness", "What every face shows (simulated only).", choices=FACE_LABELS)


@dataclass(frozen=True, slots=True)
class ObservationSettings:
    """How a face becomes seconds of emotions.

    ``smoothing_seconds`` is the shortest that undoes most of what flicker costs: a longer one may make a flicker that
    was half right wholly wrong (``tests/benchmarks/seconds.py`` measures it).
    """

    seconds: float = _setting(15.0, "Length of an observation in seconds.", least=1, most=120)  # as in the source
    maximum_hold_seconds: float = _setting(0.5, "Longest time for which one frame speaks.", least=0.05, most=5)
    minimum_coverage: float = _setting(
        0.2, "Below this share of the time with a readable face no song plays.", least=0, most=1
    )
    credit: Literal["label", "probabilities"] = _setting(
        "label",
        "Whether a frame's time goes to its likeliest label or is shared out.",
        choices=("label", "probabilities"),
    )
    smoothing_seconds: float = _setting(
        0.2,
        'A shorter look is taken for a misreading (credit = "label" only); 0 takes every frame by itself.',
        least=0,
        most=2,
    )


@dataclass(frozen=True, slots=True)
class RecommendationSettings:
    """How an observation finds its song."""

    query: Literal["centre", "sum"] = _setting(
        "centre",
        "Compare songs with the centre of the emotions seen, or with the sum of their vectors (the source's way).",
        choices=("centre", "sum"),
    )
    place: Literal["probabilities", "seconds"] = _setting(
        "probabilities",
        "Where that centre lies: by the probabilities of every frame, or by the seconds of each emotion"
        ' (query = "centre" only).',
        choices=("probabilities", "seconds"),
    )
    top: int = _setting(5, "How many songs are ranked.", least=1, most=50)  # as in the source
    avoid_recent: int = _setting(
        40,
        "How many songs played last are passed over, some three evenings, while others near the mood are left; 0 is the"
        " plain rule.",
        least=0,
        most=1000,
    )
    songs_per_artist: int = _setting(
        1,
        "How many of the ranked songs may be of one artist, while there are others; 0 for any number.",
        least=0,
        most=50,
    )
    sigma: float = _setting(0.25, "Standard deviation of a face emotion's place.", least=0, most=1)
    k: float = _setting(1.0, "How many standard deviations its rectangle reaches.", least=0.1, most=3)


@dataclass(frozen=True, slots=True)
class ProgrammeSettings:
    """How the music goes on after the first song.

    The source's rule, one song of the ranking and then silence, is ``after_song = "stop"``, ``artists_apart = 0``,
    ``octants_in_turn = false`` and ``learning = false``, with ``avoid_recent = 0`` and ``songs_per_artist = 0`` under
    ``[recommendation]``.
    """

    after_song: Literal["continue", "stop"] = _setting(
        "continue", "Whether another song follows one that has ended, or silence.", choices=("continue", "stop")
    )
    minutes: float = _setting(
        45.0,
        'How long music goes on by itself, to a fade (after_song = "continue" only).',
        least=LEAST_MINUTES,
        most=MOST_MINUTES,
    )
    goal: Goal = _setting(
        "match",
        "Where the songs lead: match stays with the face; lift, calm and energise begin there, and each song is sought"
        " a step further towards happy, calm or excited music.",
        choices=GOALS,
    )
    path_songs: int = _setting(
        5, "With which song that is to be reached; more are taken where the steps would be leaps.", least=1, most=50
    )
    artists_apart: int = _setting(
        4, "How many songs lie between two of one artist, while there are others.", least=0, most=50
    )
    octants_in_turn: bool = _setting(
        True, "Whether songs pass from one of the eight moods only to one beside it, while there are such songs."
    )
    learning: bool = _setting(
        True,
        "Whether a song skipped within 30 s is played less for such faces, until it is heard to its end again;"
        " numbers in the state folder, which mien forget removes.",
    )


@dataclass(frozen=True, slots=True)
class HistorySettings:
    """What is remembered of past observations: numbers and titles, which root and the group mien can read."""

    enabled: bool = _setting(
        True,
        "Whether observations and songs are remembered; without it nothing is written, and what was written before"
        " stays until mien history --clear.",
    )
    keep_days: int = _setting(90, "For how many days; older entries are deleted.", least=1, most=36500)
    log_observations: bool = _setting(
        False,
        "Whether what was seen and played is written to the log (on a box the system journal) as well, which others may"
        " read and clearing the history does not reach.",
    )


@dataclass(frozen=True, slots=True)
class SoundSettings:
    """What is heard."""

    output: str = _setting(
        "alsa",
        "An ALSA card, a wav file, or nowhere; simulated does without libvlc, and a song lasts until it is stopped.",
        choices=("alsa", "default", "file", "dummy", "simulated"),
    )
    card: str = _setting(
        "",
        "Name of the ALSA card, as aplay -l shows it, or its USB port; empty takes a USB card or hat, a connected"
        " screen or the headphone jack, the first of these that is there.",
    )
    recording: Path = _setting(Path("heard.wav"), 'The wav file, for output = "file".')
    start_volume_percent: int = _setting(
        60,
        "Volume of songs until it is set by hand, which is remembered until this is changed; the amplitude is the cube,"
        " so 50 is an eighth (-18 dB) and 79 a half (-6 dB).",
        least=0,
        most=100,
    )
    maximum_volume_percent: int = _setting(
        80, "Most that the volume may be; a start_volume_percent beyond it is refused.", least=0, most=100
    )
    volume_step_percent: int = _setting(
        5, "How much one click of the knob, or one press of a volume button, changes the volume.", least=1, most=25
    )
    chime_volume_percent: int = _setting(
        -1, "Volume of chimes, whatever that of songs is; -1 takes start_volume_percent.", least=-1, most=100
    )
    loudness_target: float = _setting(
        -18.0,
        "What every song is brought to, in LUFS, as far as its peaks allow, and chimes; 0 leaves each as it was made."
        " Songs that were analysed by an earlier mien play as they were made.",
        least=-30,
        most=0,
    )
    fade_seconds: float = _setting(
        0.4, "Length of the fades at start and stop; a song that replaces another begins at once.", least=0, most=5
    )
    lead_in_seconds: float = _setting(
        -1.0,
        "Silence before a sound on a card, for a screen or amplifier that first has to wake and would swallow its"
        " beginning; -1 takes 1.5 on HDMI and where nobody knows what is played on, else 0.",
        least=-1,
        most=2,
    )
    chimes: bool = _setting(
        True, "Whether short sounds mark ready, start, no face, error and good-bye, and help to aim."
    )


@dataclass(frozen=True, slots=True)
class QuietHoursSettings:
    """The hours of each day in which the box is softer, does not chime, and opens no camera by itself."""

    begin: str = _setting(
        "", 'When they begin, by the clock on the wall: "22:00"; empty for no quiet hours.', is_time=True
    )
    end: str = _setting("07:00", "When they end.", is_time=True)
    night_volume_percent: int = _setting(30, "Most that the volume may be meanwhile.", least=0, most=100)
    trust_clock: bool = _setting(
        False,
        "Whether the box's clock is believed though neither systemd-timesyncd nor a clock with a battery has set it;"
        " where nobody knows the time there are no quiet hours, and mien status says so.",
    )


LEAST_IDLE_MINUTES = 5
"""A box that starts, is idle and shuts down sooner could not be logged in to, and so not be set otherwise."""


@dataclass(frozen=True, slots=True)
class RestSettings:
    """What the box does by itself when nobody has touched it for long."""

    sleep_minutes: float = _setting(
        0.0, "After so many minutes without a touch the music fades away; 0 for never.", least=0, most=1440
    )
    idle_poweroff_minutes: float = _setting(
        0.0,
        "After so many minutes with nothing to do and without a touch, 5 or more, the box shuts down; 0 for never.",
        least=0,
        most=10080,
    )


@dataclass(frozen=True, slots=True)
class PanelSettings:
    """The button, the LED, and a knob or two buttons for the volume."""

    driver: str = _setting(
        "gpiozero",
        "The Pi's own lines, none, or a file in place of the LED.",
        choices=("gpiozero", "simulated", "file"),
    )
    button_gpio: int = _setting(17, "GPIO number of the button; -1 for none (mien press).", least=-1, most=53)
    led_gpio: int = _setting(27, "GPIO number of the LED; -1 for none.", least=-1, most=53)
    camera_led_gpio: int = _setting(
        -1, "GPIO number of a second LED, lit exactly while the camera streams; -1 for none.", least=-1, most=53
    )
    knob_a_gpio: int = _setting(
        -1, "GPIO number of the contact A (CLK) of a rotary encoder for the volume; -1 for none.", least=-1, most=53
    )
    knob_b_gpio: int = _setting(
        -1, "GPIO number of its contact B (DT); exchange the two if it turns the wrong way.", least=-1, most=53
    )
    louder_gpio: int = _setting(
        -1, "GPIO number of a button that makes it louder, held on more so; -1 for none.", least=-1, most=53
    )
    softer_gpio: int = _setting(-1, "GPIO number of a button that makes it softer.", least=-1, most=53)
    gpio_chip: int = _setting(
        -1, "Number of the lines' /dev/gpiochip; -1 for the one that fits the Pi.", least=-1, most=63
    )
    button_pull_up: bool = _setting(True, "Whether a button connects its line to ground, else to 3.3 V.")
    led_active_high: bool = _setting(True, "Whether an LED lights when its line is high.")
    line: Path = _setting(Path("led"), "The file that holds what the LED shows (file only).")
    power_off: bool = _setting(True, "Whether holding the button for 5 s shuts the machine down.")


@dataclass(frozen=True, slots=True)
class ClockSettings:
    """What tells the time."""

    driver: str = _setting(
        "system",
        "The machine's clock, or one that moves only while a simulated camera waits, so that 15 s take no time.",
        choices=("system", "simulated"),
    )


@dataclass(frozen=True, slots=True)
class ReleaseSettings:
    """Which releases the box takes."""

    allowed_signers: str = _setting(
        "", "File of the SSH keys whose signature a release must bear, an absolute path; empty asks for none."
    )

    @property
    def signers(self) -> Path | None:
        """The file of keys; None if no signature is asked for."""
        return Path(self.allowed_signers) if self.allowed_signers else None


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, by section; ``places`` maps a face label to its place in the valence–arousal plane."""

    paths: PathSettings = field(default_factory=PathSettings)
    camera: CameraSettings = field(default_factory=CameraSettings)
    faces: FaceSettings = field(default_factory=FaceSettings)
    emotion: EmotionSettings = field(default_factory=EmotionSettings)
    observation: ObservationSettings = field(default_factory=ObservationSettings)
    recommendation: RecommendationSettings = field(default_factory=RecommendationSettings)
    programme: ProgrammeSettings = field(default_factory=ProgrammeSettings)
    history: HistorySettings = field(default_factory=HistorySettings)
    sound: SoundSettings = field(default_factory=SoundSettings)
    quiet_hours: QuietHoursSettings = field(default_factory=QuietHoursSettings)
    rest: RestSettings = field(default_factory=RestSettings)
    panel: PanelSettings = field(default_factory=PanelSettings)
    clock: ClockSettings = field(default_factory=ClockSettings)
    release: ReleaseSettings = field(default_factory=ReleaseSettings)
    places: dict[str, Place] = field(default_factory=lambda: dict(FACE_PLACES))
