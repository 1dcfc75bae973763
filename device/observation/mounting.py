"""How the camera hangs: whether [camera] rotation fits the faces that it shows, and what to set if it does not."""

from dataclasses import dataclass

from device.camera.camera import Frame, Turn
from device.faces.uprightness import FaceSupport, Uprightness

_WORDS = {
    0: "the camera hangs upright, but its pictures are turned",
    90: "the camera hangs on its side",
    180: "the camera hangs upside down",
    270: "the camera hangs on its side",
}


@dataclass(frozen=True, slots=True)
class WrongMounting:
    """A camera that does not hang as the settings say."""

    rotation: Turn
    """What [camera] rotation has to be, so that faces stand upright."""

    @property
    def what(self) -> str:
        """What is wrong, for a person."""
        return f"{_WORDS[self.rotation]}: it needs rotation = {self.rotation}"

    @property
    def mend(self) -> str:
        """What to do about it."""
        return f"sudo mien config set camera.rotation {self.rotation}, then sudo systemctl restart mien"

    @property
    def notice(self) -> str:
        """Both in one line."""
        return f"{self.what}; {self.mend}"


@dataclass(frozen=True, slots=True)
class MountingCheck:
    """Looks at frames as they are and turned, as often as :class:`device.faces.uprightness.Uprightness` asks."""

    face_support: FaceSupport
    rotation: Turn = 0
    """How far clockwise the frames were turned already, in degrees."""
    mirror: bool = False
    """Whether they were mirrored after that."""

    def look(self, frame: Frame, uprightness: Uprightness) -> None:
        """Look at a frame if it is time to; the smaller plane is taken where there is one."""
        if not uprightness.is_due(frame.timestamp):
            return
        luma = frame.luma if frame.lores is None else frame.lores
        turned = self.face_support.support(luma, uprightness.next_turn)
        uprightness.add(frame.timestamp, upright=self.face_support.support(luma, 0), turned=turned)

    def found(self, uprightness: Uprightness) -> WrongMounting | None:
        """Say how the camera hangs if it is not as the settings say, as far as is known."""
        turn = uprightness.turn
        return WrongMounting(rotation_for(turn, rotation=self.rotation, mirror=self.mirror)) if turn else None


def rotation_for(turn: Turn, *, rotation: Turn, mirror: bool) -> Turn:
    """Return the rotation that sets pictures upright which lack ``turn`` degrees clockwise with the one they have.

    A mirror comes after the rotation, and so turns the sense of what is still lacking.
    """
    needed: dict[int, Turn] = {0: 0, 90: 90, 180: 180, 270: 270}
    return needed[(rotation + (-turn if mirror else turn)) % 360]
