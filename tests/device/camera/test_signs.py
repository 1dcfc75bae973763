"""What tells that a camera came or went, without opening one."""

from pathlib import Path

from device.camera.signs import signs_of_devices, signs_of_file


def test_the_signs_of_devices_change_with_the_names_of_cameras_alone(tmp_path: Path) -> None:
    bare = signs_of_devices(tmp_path)
    (tmp_path / "ttyUSB0").touch()
    assert signs_of_devices(tmp_path) == bare
    (tmp_path / "video0").touch()
    assert signs_of_devices(tmp_path) != bare
    (tmp_path / "video0").unlink()
    assert signs_of_devices(tmp_path) == bare
    assert signs_of_devices(tmp_path / "absent") is None


def test_the_signs_of_a_file_change_when_it_comes_and_when_another_takes_its_place(tmp_path: Path) -> None:
    clip, other = tmp_path / "clip.avi", tmp_path / "other.avi"
    assert signs_of_file(clip) is None
    clip.touch()
    before = signs_of_file(clip)
    assert before == signs_of_file(clip) is not None
    other.touch()
    other.replace(clip)
    assert signs_of_file(clip) != before
