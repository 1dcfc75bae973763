"""The whole box on one machine: starts the real daemon, presses the button, and tells what happens.

Only the button and the LED are simulated. The face comes from a webcam or a clip, the sound goes to the sound card or,
where there is none, into a wav file.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device.errors import ControlError, MienError
from device.status.control_socket import ask
from device.status.why_this_song import explanation_lines

Status = dict[str, Any]

_POLL_SECONDS = 0.1
_START_LIMIT_SECONDS = 20.0
_STOP_LIMIT_SECONDS = 5.0
_SOUND_CARDS = Path("/proc/asound/cards")


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """What the demo uses: a release, its music, a webcam's device or a clip, and a folder to write into."""

    release: Path
    music: Path
    work: Path
    webcam: Path | None
    clip: Path | None
    fast: bool
    recording: Path | None
    """The wav file to play into; None plays through the default ALSA device."""

    def settings_text(self) -> str:
        """Return the settings file of this demo."""
        if self.webcam:
            camera: Status = {"driver": "v4l2", "device": str(self.webcam)}
        else:
            camera = {"driver": "recorded", "recording": str(self.clip), "paced": not self.fast}
        sound: Status = {"output": "default"}
        if self.recording:
            sound = {"output": "file", "recording": str(self.recording)}
        sections = {
            "paths": {
                "release_folder": str(self.release),
                "music_folder": str(self.music),
                "state_folder": str(self.work / "state"),
                "control_socket": str(self.socket),
            },
            "camera": camera,
            "programme": {"after_song": "stop"},  # one song shows it
            "sound": sound,
            "panel": {"driver": "simulated", "power_off": False},
        }
        lines = []
        for section, values in sections.items():
            lines += [f"[{section}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items()), ""]
        return "\n".join(lines)

    @property
    def socket(self) -> Path:
        """Where the demo's daemon answers."""
        return self.work / "control.sock"


def has_sound_card(cards: Path = _SOUND_CARDS) -> bool:
    """Whether the kernel knows a sound card."""
    try:
        return "no soundcards" not in cards.read_text(encoding="utf-8")
    except OSError:
        return False


def run_demo(plan: DemoPlan, say: Callable[[str], None]) -> None:
    """Run the demo from start to last note.

    :param say: takes every line for the person.
    :raises MienError: if the daemon does not start, or the observation ends in a fault.
    """
    plan.work.mkdir(parents=True, exist_ok=True)
    settings = plan.work / "mien.toml"
    settings.write_text(plan.settings_text(), encoding="utf-8")
    began = time.monotonic()
    with _daemon(settings, plan.work / "daemon.log") as daemon:
        status = _await_daemon(plan.socket, daemon)
        say(
            f"The daemon is ready after {time.monotonic() - began:.2f} s: {status['songs']['loaded']} songs, "
            f"release {status['release']['id']}, camera: {status['camera']}, sound: {status['sound']}."
        )
        ask(plan.socket, {"command": "press", "hold_seconds": 0})
        say("The button is pressed. Watching …")
        status = _follow_observation(plan.socket, say)
        _tell_outcome(plan, status, say)
        say(f"Memory of the daemon: {resident_megabytes(daemon.pid):.0f} MB resident.")
        if status["state"] == "playing":
            _follow_song(plan, status, say)


def resident_megabytes(process: int) -> float:
    """Measure the resident memory of a process, by its id."""
    fields = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    kilobytes = next(line.split()[1] for line in fields if line.startswith("VmRSS"))
    return int(kilobytes) / 1024


def cpu_seconds(process: int) -> float:
    """Measure the CPU time of a process so far, ended threads included, in the kernel's steps of 10 ms."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    user_ticks, system_ticks = int(fields[11]), int(fields[12])
    return (user_ticks + system_ticks) / os.sysconf("SC_CLK_TCK")


def _tell_outcome(plan: DemoPlan, status: Status, say: Callable[[str], None]) -> None:
    recommendation = None if status["notice"] else status["last_recommendation"]
    say("")
    for line in explanation_lines(status["last_observation"], recommendation, status["notice"]):
        say(line)
    if recommendation is None:
        return
    while ask(plan.socket, {"command": "status"})["latencies"]["press_to_first_sound_seconds"] is None:
        time.sleep(_POLL_SECONDS)
    latencies = ask(plan.socket, {"command": "status"})["latencies"]
    first_sound, observed = latencies["press_to_first_sound_seconds"], latencies["press_to_observed_seconds"]
    say("")
    say(f"Press to first sound: {first_sound:.2f} s, of which {first_sound - observed:.2f} s after the observation.")


def _follow_song(plan: DemoPlan, status: Status, say: Callable[[str], None]) -> None:
    first = status["last_recommendation"]["ranked"][0]
    where = f"into {plan.recording}" if plan.recording else "through the default ALSA device"
    say(f"Playing {first['title']} {where} (Ctrl-C stops it) …")
    try:
        while ask(plan.socket, {"command": "status"})["state"] == "playing":
            time.sleep(_POLL_SECONDS)
    except KeyboardInterrupt:
        ask(plan.socket, {"command": "press", "hold_seconds": 1})
    status = ask(plan.socket, {"command": "status"})
    if status["fault"]:
        raise MienError(status["fault"]["what"], mend=status["fault"]["mend"])
    say("The song is over.")


def _follow_observation(socket: Path, say: Callable[[str], None]) -> Status:
    """Tell once a second what is seen, until the observation has led somewhere."""
    told = 0
    while True:
        time.sleep(_POLL_SECONDS)
        status: Status = ask(socket, {"command": "status"})
        if status["fault"]:
            raise MienError(status["fault"]["what"], mend=status["fault"]["mend"])
        watching = status["watching"]
        if status["state"] not in {"observing", "recommending"} and status["observations"]:
            return status
        if watching and int(watching["elapsed_seconds"]) > told:
            told = int(watching["elapsed_seconds"])
            seen = {label: seconds for label, seconds in watching["seconds"].items() if seconds}
            felt = ", ".join(f"{label} {seconds:.1f} s" for label, seconds in sorted(seen.items(), key=lambda p: -p[1]))
            say(f"  {told:2d} s  {'face' if watching['face'] else 'no face':<8}{felt}")


@contextmanager
def _daemon(settings: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        command = [sys.executable, "-m", "device", "run", "--config", str(settings)]
        # In a session of its own, so that Ctrl-C reaches this command alone and the daemon is stopped in order.
        process = subprocess.Popen(  # noqa: S603 - our own daemon
            command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_STOP_LIMIT_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _await_daemon(socket: Path, daemon: subprocess.Popen[bytes]) -> Status:
    deadline = time.monotonic() + _START_LIMIT_SECONDS
    while time.monotonic() < deadline and daemon.poll() is None:
        try:
            return ask(socket, {"command": "status"})
        except ControlError:
            time.sleep(_POLL_SECONDS / 4)
    what = f"the daemon did not start; its last words are in {socket.with_name('daemon.log')}"
    raise ControlError(what, mend="read them, mend what they name, and try again")
