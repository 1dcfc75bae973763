"""USB cameras among the video devices of a Pi, over made-up trees of the kernel and of udev."""

from pathlib import Path

import pytest

from device.camera.webcams import mend_by_webcam, webcams


def node(root: Path, name: str, *, bus: str, index: str) -> None:
    """A video device as the kernel and udev make it."""
    (root / "dev" / name).touch()
    hardware = root / "sys" / "devices" / name
    hardware.mkdir()
    (hardware / "subsystem").symlink_to(root / "sys" / "bus" / bus)
    entry = root / "sys" / "class" / name
    entry.mkdir()
    (entry / "device").symlink_to(hardware)
    (entry / "index").write_text(index)


@pytest.fixture
def pi(tmp_path: Path) -> Path:
    """Codecs, an image processor, and two webcams of two nodes, one of them with a name that stays."""
    for folder in ("dev/v4l/by-id", "sys/devices", "sys/class", "sys/bus/usb", "sys/bus/platform"):
        (tmp_path / folder).mkdir(parents=True)
    for number in (0, 1, 10, 11, 12, 13, 14, 18, 31):
        node(tmp_path, f"video{number}", bus="platform", index="0\n")
    for name, index in (("video2", "0\n"), ("video3", "1\n"), ("video4", "0\n"), ("video5", "1\n")):
        node(tmp_path, name, bus="usb", index=index)
    (tmp_path / "dev/v4l/by-id/usb-046d_HD_Pro-video-index0").symlink_to("../../video4")
    (tmp_path / "dev/v4l/by-id/usb-046d_HD_Pro-video-index1").symlink_to("../../video5")
    return tmp_path


def found(root: Path) -> list[str]:
    return [str(Path(one).relative_to(root)) for one in webcams(root / "sys" / "class", root / "dev")]


def test_of_all_nodes_those_of_usb_that_give_pictures_are_named_to_last(pi: Path) -> None:
    assert found(pi) == ["dev/video2", "dev/v4l/by-id/usb-046d_HD_Pro-video-index0"]


def test_a_name_that_a_shell_would_take_apart_is_never_shown(pi: Path) -> None:
    (pi / "dev/v4l/by-id/usb-046d_HD_Pro-video-index0").unlink()
    (pi / "dev/v4l/by-id/usb-$(reboot)-video-index0").symlink_to("../../video4")
    (pi / "dev/v4l/by-id/usb-new\nline").symlink_to("../../video2")
    assert found(pi) == ["dev/video2", "dev/video4"]


def test_a_machine_that_says_nothing_has_none(pi: Path, tmp_path: Path) -> None:
    assert webcams(tmp_path / "absent", tmp_path / "absent") == []
    for number in (2, 4):
        (pi / "sys/class" / f"video{number}" / "index").write_bytes(b"\xff")
    assert found(pi) == []
    assert mend_by_webcam([]) == "sudo mien config set camera.driver v4l2, and sudo systemctl restart mien"
