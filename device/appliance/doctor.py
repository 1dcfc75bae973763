"""Checking everything that a beginner gets wrong, one finding at a time."""

import os
import pwd
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from device.appliance.drivers import build_camera, build_player, describe_camera
from device.appliance.memory_lock import swap_areas
from device.appliance.panel_driver import build_knob, build_panel, describe_panel, volume_parts, wants_knob
from device.appliance.release_trial import try_release
from device.appliance.self_check import signers_finding
from device.errors import (
    AccessError,
    ControlError,
    GivenUpError,
    MienError,
    MutedError,
    NotRunningError,
    SongTableError,
    SoundCardError,
)
from device.observation.look import CameraLook
from device.panel.knob import AbsentKnob
from device.player.listening import play_for_a_listener
from device.recommendation.song_table import read_song_table
from device.releases.manifest import SONG_TABLE, verify
from device.session.history import read_history, set_aside_history
from device.session.hours.hours import Hours
from device.session.hours.wall_clock import WallClock
from device.session.volume.kept_volume import read_volume
from device.session.volume.volume import refuse_silence
from device.settings.sections import PathSettings, Settings
from device.status.control_socket import Status, ask
from device.status.problems import Finding, Severity, findings_of

Checks = dict[str, Callable[[Settings], str]]


def examine(settings: Settings) -> Iterator[Finding]:
    """Run every check, and yield its finding as soon as it is there.

    What the daemon uses is looked at by the daemon, if one runs: it is another user, and has camera and card in hand.
    """
    yield Finding("python", f"{sys.version.split()[0]}, mien started as {sys.executable}")
    yield from _simulated_parts(settings)
    always: Checks = {"release": _release, "face model": _face_model, "history": _history}
    for check, look in always.items():
        yield _finding(check, look, settings)
    try:
        status = _examined(settings.paths.control_socket)
    except AccessError as error:  # the parts are left alone as well: a daemon may use them
        yield Finding("daemon", error.what, error.mend)
        return
    except ControlError as error:
        yield _absence(error, settings)
        if not isinstance(error, (NotRunningError, GivenUpError)):  # it is there, and has its parts in hand
            return
        own: Checks = {
            "state folder": _state_folder,
            "songs": _songs,
            "camera": _camera,
            "sound": _sound,
            "button": _panel,
        }
        if wants_knob(settings.panel):
            own["volume"] = _knob
        if isinstance(error, GivenUpError):  # whose lines another service has, to blink for it
            del own["button"]
        for check, look in own.items():
            yield _finding(check, look, settings)
        if signers := settings.release.signers:
            yield signers_finding(signers)
        return
    yield Finding("daemon", f"{status['state']}, {status['songs']['loaded']} songs, {status['sound']}")
    yield _memory(status.get("memory"), settings)
    yield from findings_of(status)


def listen(settings: Settings) -> str:
    """Have a chime played, by the daemon if one runs; return where it went, and why not as loud as it was set.

    :raises MienError: if nothing can have been heard, or the box is at work.
    """
    socket = settings.paths.control_socket
    try:
        ask(socket, {"command": "status"})
    except (NotRunningError, GivenUpError):  # nobody holds the card
        player = build_player(settings.sound)
        try:
            percent, why = _volume_now(settings)
            player.set_volume(percent)
            return play_for_a_listener(player) + why
        finally:
            player.close()
    try:
        answer = ask(socket, {"command": "listen"})
    except ControlError as error:
        what = f"this daemon, an older one perhaps, plays no chime for a listener ({error.what})"
        raise ControlError(what, mend="restart it: sudo systemctl restart mien") from error
    if trouble := answer.get("trouble"):
        raise SoundCardError(str(trouble["what"]), mend=str(trouble["mend"]))
    return str(answer.get("played_on", ""))


def _volume_now(settings: Settings) -> tuple[int, str]:
    """Return the volume that a daemon would play at, in percent, and in words why that is not the one that was set.

    A file that cannot be read leaves the settings' volume, or the night's if that is less, since nobody knows whether
    a softer one was set.

    :raises MutedError: if nothing would be heard.
    """
    quiet, most, why = settings.quiet_hours, settings.sound.maximum_volume_percent, ""
    percent = settings.sound.start_volume_percent
    is_night = Hours(quiet, WallClock(built="", trusted=quiet.trust_clock)).are_quiet()
    try:
        percent = read_volume(settings.paths.volume_file, start=percent)
    except MienError as error:
        percent = min(percent, quiet.night_volume_percent or percent)
        why = f" (at {percent} %, since {error.what})"
    if is_night:
        most = min(most, quiet.night_volume_percent)
        why = why or (f" (at {most} %, since quiet hours last)" if percent > most else "")
    percent = min(percent, most)
    try:
        refuse_silence(percent, most=most, by_night=is_night)
    except MutedError as error:
        raise MutedError(error.what, mend=f"sudo systemctl start mien, then {error.mend}") from error
    return percent, why


def _examined(socket: Path) -> Status:
    """Have the daemon look at its parts, and return what it then says of itself.

    :raises MienError: a ControlError if no daemon answers, an AccessError if this user may not ask.
    """
    before = ask(socket, {"command": "status"})
    try:
        return ask(socket, {"command": "examine"})
    except ControlError as error:
        what = f"this daemon, an older one perhaps, does not look at its parts ({error.what})"
        wish = Finding("daemon", what, "restart it: sudo systemctl restart mien").document()
        return {**before, "findings": [*before.get("findings", []), wish]}


def _absence(error: ControlError, settings: Settings) -> Finding:
    """Say why no daemon answers: which is well only if nobody started one, away from the box's own socket."""
    socket = settings.paths.control_socket
    if isinstance(error, NotRunningError) and socket != PathSettings().control_socket and not os.path.lexists(socket):
        return Finding("daemon", "not running, so this command looks itself; start it: mien run")
    return Finding("daemon", error.what, error.mend, Severity.CRITICAL)


def _simulated_parts(settings: Settings) -> Iterator[Finding]:
    """Say which parts are simulated, of those that no other finding tells of."""
    if settings.clock.driver == "simulated":
        yield Finding("clock", "simulated, it moves only while the simulated camera waits")
    if settings.faces.detector == "simulated":
        yield Finding("faces", f"simulated, {'one' if settings.faces.somebody else 'none'} in every frame")


def _finding(check: str, look: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(check, look(settings))
    except MienError as error:
        return Finding(check, error.what, error.mend)
    except PermissionError as error:
        refused = AccessError.of(Path(error.filename)) if error.filename else None
        return Finding(check, refused.what if refused else str(error), refused.mend if refused else "ask as root")
    except OSError as error:
        what = f"{error.filename or check}: {error.strerror}"
        return Finding(check, what, "see whether it is there, and whose it is")


def _state_folder(settings: Settings) -> str:
    folder = settings.paths.state_folder
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    owner = existing.stat().st_uid
    if existing == folder and owner not in {0, os.geteuid()}:
        return f"{folder}, where the user {_name(owner)} writes"
    if not os.access(existing, os.W_OK):
        what = f"{folder}: cannot be written by this user"
        raise MienError(what, mend=f"sudo chown -R mien {existing}, or name another [paths] state_folder")
    return str(folder)


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def _release(settings: Settings) -> str:
    manifest = verify(settings.paths.release_folder)
    return f"{manifest.release_id}, {len(manifest.files)} files, all whole"


def _face_model(settings: Settings) -> str:
    if settings.emotion.classifier == "simulated":
        return f"simulated, reads {settings.emotion.expression} from every face"
    with suppress(SongTableError):  # the songs have a finding of their own
        try_release(settings.paths.release_folder.resolve(), settings)  # root looks as well, and is none to run a model
    return "gives the stored answer to the stored picture"


def _songs(settings: Settings) -> str:
    table, music = read_song_table(settings.paths.release_folder / SONG_TABLE), settings.paths.music_folder
    there = int(table.present_under(music).sum())
    if not there:
        what = f"none of the {len(table.songs)} songs of the table is under {music}"
        raise MienError(what, mend="copy the music there, or set [paths] music_folder")
    if there < len(table.songs):
        what = f"{len(table.songs) - there} of {len(table.songs)} songs are not under {music} and never play"
        raise MienError(what, mend="copy the music again, or analyse the library again")
    return f"all {there} of the table are under {music}"


def _history(settings: Settings) -> str:
    path = settings.paths.history_file
    if not settings.history.enabled:
        return _forbidden_history(path)
    if aside := set_aside_history(path):
        what = f"it was damaged, and a new one was begun; the old one is {aside}"
        raise MienError(what, mend=f"delete it once you do not need it: rm {aside}*")
    latest = read_history(path, 1)
    return f"last written {latest[0].at.astimezone():%Y-%m-%d %H:%M}" if latest else "nothing was observed yet"


def _forbidden_history(path: Path) -> str:
    """Say what is there though nothing is to be remembered."""
    left = [file for file in (path, set_aside_history(path)) if file is not None and file.exists()]
    if left:
        what = f"switched off by [history] enabled, but what was written before is still in {left[0]}"
        raise MienError(what, mend="if nobody needs it: mien history --clear")
    return "switched off by [history] enabled, nothing is written"


def _memory(state: Mapping[str, Any] | None, settings: Settings) -> Finding:
    """Say whether a picture that the daemon sees can be swapped out; ``state`` is its own word."""
    areas = ", ".join(swap_areas())
    if state is None:
        return Finding("memory", "this daemon, an older one, does not say whether it can be swapped out")
    if state["locked"] and not state["swapped_bytes"]:
        return Finding("memory", f"locked, nothing of it is swapped out{f' to {areas}' if areas else ''}")
    if state["locked"]:
        mend = "restart it: sudo systemctl restart mien"
        return Finding("memory", f"locked, but {state['swapped_bytes']} bytes were swapped out before", mend)
    if not areas:
        return Finding("memory", f"not locked ({state['why_not']}), but this machine does not swap")
    detail = f"not locked ({state['why_not']}), and this machine swaps to {areas}: a picture may get there"
    watches = settings.camera.driver in {"picamera2", "v4l2"}  # else there is no picture that lies nowhere yet
    mend = "start mien as its service, or allow it with: ulimit -l unlimited; or switch swap off: sudo swapoff -a"
    return Finding("memory", detail, mend if watches else "")


def _camera(settings: Settings) -> str:
    camera = build_camera(settings.camera, search_width=settings.faces.detection_width)
    look = CameraLook(camera)
    look.run()
    camera.close()
    if look.trouble:
        raise look.trouble
    return f"{describe_camera(settings.camera)}: {look.seen}"


def _sound(settings: Settings) -> str:
    player = build_player(settings.sound)
    try:
        return player.examine()
    finally:
        player.close()


def _knob(settings: Settings) -> str:
    knob = build_knob(settings.panel)
    knob.close()
    if isinstance(knob, AbsentKnob):
        if knob.trouble:
            raise knob.trouble
        return "none on this machine, use mien volume"
    return volume_parts(settings.panel)


def _panel(settings: Settings) -> str:
    panel = build_panel(settings.panel)
    panel.close()
    return describe_panel(settings.panel, panel)
