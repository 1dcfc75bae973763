"""What the daemon finds when it looks at its own parts: camera, sound card, button, songs, folders and signers.

Only the daemon can say: it is another user than whoever asks, and its service sees less of the machine. The cheap looks
are made for every status; the camera and the sound card are looked at closely once at the start, and when
``mien doctor`` asks.
"""

import logging
import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from device.appliance.drivers import describe_camera
from device.appliance.panel_driver import describe_panel, volume_parts
from device.errors import MutedError, PlayerError, ReleaseError
from device.files.access import why_refused
from device.observation.look import CameraLook
from device.observation.observation import Observation
from device.panel.absent_panel import AbsentPanel
from device.panel.knob import AbsentKnob, Knob
from device.panel.panel import Panel
from device.player.player import Player
from device.releases.signature import read_trusted_keys
from device.session.states import Cause, Fault
from device.settings.sections import PanelSettings, Settings
from device.status.problems import Finding, Severity

_log = logging.getLogger(__name__)

_HOMES = ("/home", "/root", "/run/user")


class SelfCheck:
    """Looks at the parts of one box; whatever is wrong becomes a finding, and nothing is raised."""

    def __init__(self, settings: Settings, panel: Panel, player: Player, knob: Knob) -> None:
        """Take what is to be looked at."""
        self._settings, self._player = settings, player
        self._panel = Finding("button", describe_panel(settings.panel, panel))
        if isinstance(panel, AbsentPanel):
            _log.info("there is no button and no LED: %s", panel.why)
        self._knob = _knob_finding(settings.panel, knob)
        self._camera: Finding | None = None
        self._sound: Finding | None = None
        self._is_muted = False
        self._mounting: Finding | None = None

    def findings(self) -> list[Finding]:
        """Look at what costs nothing, and repeat what the last close looks found."""
        close = [finding for finding in (self._camera, self._mounting, self._sound) if finding]
        panel = [self._panel, self._knob] if self._knob else [self._panel]
        return [*close, *panel, *self._folders(), *self._signers()]

    def note_camera(self, look: CameraLook) -> None:
        """Take what a look through the camera found."""
        if look.trouble:
            self._camera = Finding("camera", look.trouble.what, look.trouble.mend, Severity.CRITICAL)
        else:
            self._camera = Finding("camera", f"{describe_camera(self._settings.camera)}: {look.seen}")

    @property
    def camera_fault(self) -> Fault | None:
        """What the last look found wrong with the camera."""
        found = self._camera
        return None if found is None or found.ok else Fault(Cause.CAMERA, found.detail, found.mend)

    def note_pictures(self, observation: Observation) -> None:
        """Take it that an observation had its pictures, and which way up: one that sufficed had them upright."""
        if wrong_mounting := observation.wrong_mounting:
            self._mounting = Finding("rotation", wrong_mounting.what, wrong_mounting.mend, Severity.CRITICAL)
        elif observation.suffices(self._settings.observation.minimum_coverage):
            self._mounting = None
        self._camera = Finding("camera", f"{describe_camera(self._settings.camera)}: gave pictures at the last press")

    def forget_camera(self) -> None:
        """Forget what was found before: an observation begins, and will tell."""
        self._camera = None

    def examine_sound(self) -> None:
        """Look at the sound card closely; only while nothing plays."""
        self._sound, self._is_muted = None, False
        try:
            self._player.check()
        except PlayerError:  # a card that is not there is told by every status
            return
        try:
            self._sound = Finding("sound", self._player.examine())
        except PlayerError as error:
            self._sound = Finding("sound", error.what, error.mend, Severity.CRITICAL)
            self._is_muted = isinstance(error, MutedError)

    @property
    def sound_fails(self) -> bool:
        """Whether the last close look at the sound card found something wrong."""
        return self._sound is not None and not self._sound.ok

    def forget_sound(self) -> None:
        """Forget what was wrong with the sound card: it took a song. What mutes it stays, since it takes that too."""
        if not self._is_muted:
            self._sound = None

    def _folders(self) -> Iterator[Finding]:
        paths = self._settings.paths
        yield _folder("state folder", paths.state_folder, os.R_OK | os.W_OK | os.X_OK, "[paths] state_folder")
        music = _folder("music folder", paths.music_folder, os.R_OK | os.X_OK, "[paths] music_folder")
        if not music.ok:
            yield music

    def _signers(self) -> Iterator[Finding]:
        if signers := self._settings.release.signers:
            yield signers_finding(signers)


def _knob_finding(settings: PanelSettings, knob: Knob) -> Finding | None:
    """Say what the volume is turned by, or why it cannot be; None where nothing is wired for it."""
    if isinstance(knob, AbsentKnob):
        return Finding("volume", knob.trouble.what, knob.trouble.mend) if knob.trouble else None
    wired = volume_parts(settings)
    return Finding("volume", wired) if wired else None


def signers_finding(signers: Path) -> Finding:
    """Say whether this process can read the keys whose signature a release must bear."""
    try:
        read_trusted_keys(signers)
    except ReleaseError as error:
        return Finding("signers", f"{error.what}; no release is taken in", error.mend)
    return Finding("signers", f"{signers}: releases must be signed")


def _folder(check: str, folder: Path, wanted: int, key: str) -> Finding:
    """Say whether this process can use a folder as it must."""
    doing = "written" if wanted & os.W_OK else "read"
    if os.path.isdir(folder) and os.access(folder, wanted):  # noqa: PTH112 - what one may not see raises nothing
        return Finding(check, str(folder))
    real = os.path.realpath(folder)
    if "INVOCATION_ID" in os.environ and any(real.startswith(f"{home}/") for home in _HOMES):  # systemd.exec(5)
        what = f"{folder}: cannot be {doing}, since the service sees no home folder"
        mend = f"name one elsewhere as {key}, or allow it with sudo systemctl edit mien (ProtectHome=, ReadWritePaths=)"
        return Finding(check, what, mend)
    refusal, named = why_refused(folder, wanted), shlex.quote(str(folder))
    why = f"; {refusal.what}" if refusal else ""
    mend = f"give it to the daemon: sudo chown mien {named}" if wanted & os.W_OK else f"sudo chmod a+rx {named}"
    if os.path.isfile(folder):  # noqa: PTH113
        why, mend = "; it is a file", f"name a folder as {key}"
    elif not os.path.lexists(folder):
        why, owner = "; it is not there", "-o mien " if wanted & os.W_OK else ""
        mend = f"make it: sudo install -d {owner}{named}"
    elif wanted & os.W_OK and os.statvfs(folder).f_flag & os.ST_RDONLY:
        why, mend = "; it lies on what is mounted read-only", "let the disk be written to: sudo mount -o remount,rw /"
        if "INVOCATION_ID" in os.environ:  # to which ProtectSystem= shows so all but what is its own
            why, mend = "; the service sees it read-only", "allow it with sudo systemctl edit mien (ReadWritePaths=)"
    more = "" if key in mend else f"; or name another {key}"
    return Finding(check, f"{folder}: cannot be {doing} by the daemon{why}", f"{mend}{more}")
