"""Which of the Pi's own cameras is opened, over a package that keeps its camera manager as picamera2 does."""

import atexit
import gc
import os
import weakref
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from device.camera.camera_modules import close_module, open_module
from device.errors import CameraError

WIDE = {"Model": "imx708_wide", "Id": "/base/axi/pcie@1000120000/rp1/i2c@88000/imx708@1a"}
SECOND = {"Model": "imx219", "Id": "/base/axi/pcie@1000120000/rp1/i2c@80000/imx219@10"}
USB = {"Model": "HD Pro Webcam", "Id": "/base/axi/pcie@1000120000/rp1/usb@300000-1:1.0-046d:0825"}
BY_ID = "/dev/v4l/by-id/usb-046d_HD_Pro-video-index0"


Plugged = tuple[list[dict[str, Any]], Any]


class Manager:
    """libcamera's: its list is what was plugged in when it was made."""

    def __init__(self, plugged: list[dict[str, Any]]) -> None:
        self.cameras = list(plugged)


class Registry:
    """Keeps one manager from the first camera registered to the last one gone, as ``Picamera2._cm`` does."""

    def __init__(self, plugged: list[dict[str, Any]]) -> None:
        self.plugged, self.cameras = plugged, dict[int, Any]()
        self.kept: Manager | None = None

    @property
    def cms(self) -> Manager:
        return self.kept or Manager(self.plugged)

    def add(self, number: int, camera: Any) -> None:
        self.cameras[number], self.kept = camera, self.cms

    def cleanup(self, number: int) -> None:
        del self.cameras[number]
        if not self.cameras:
            self.kept = None


class NewerRegistry(Registry):
    """Of version 0.3.38: the list alone is enough to have a manager kept, and another one can be asked for."""

    @property
    def cms(self) -> Manager:
        self.kept = self.kept or Manager(self.plugged)
        return self.kept

    def reset(self) -> None:
        self.kept = Manager(self.plugged)


def stand_in(plugged: list[dict[str, Any]], *, registry: type[Registry], early: bool) -> Any:
    """A class as ``Picamera2``; ``early`` registers before opening, as the versions before 0.3.3x."""

    class Picamera2:
        _cm = registry(plugged)
        alive: ClassVar = weakref.WeakSet["Picamera2"]()
        busy = False
        released = 0

        @staticmethod
        def global_camera_info() -> list[dict[str, Any]]:
            return [one | {"Num": number} for number, one in enumerate(Picamera2._cm.cms.cameras)]

        def __init__(self, place: int = 0) -> None:
            reader, self.notifyme_w = os.pipe()
            self.notifymeread = os.fdopen(reader, "rb")
            self.is_open, self.place = False, place
            self.alive.add(self)
            if early:
                self._cm.add(place, self)
            self.model = self.global_camera_info()[place]["Model"]
            self.camera, self.is_open = SimpleNamespace(release=self.release), True
            atexit.register(self.close)
            if self.busy:
                what = "Camera __init__ sequence did not complete."
                raise RuntimeError(what) from OSError(16, "Device or resource busy")
            self._cm.add(place, self)

        def release(self) -> None:
            type(self).released += 1

        def close(self) -> None:
            atexit.unregister(self.close)
            if self.busy:
                raise OSError(19, "No such device")
            self.notifymeread.close()
            os.close(self.notifyme_w)
            self._cm.cleanup(self.place)

    return Picamera2


@pytest.fixture(params=[(NewerRegistry, False), (Registry, True)], ids=["0.3.38", "0.3.12"])
def plugged(request: pytest.FixtureRequest) -> Plugged:
    there: list[dict[str, Any]] = []
    registry, early = request.param
    return there, stand_in(there, registry=registry, early=early)


def opened(picamera2: Any, module: str = "", webcams: tuple[str, ...] = ()) -> str:
    camera = open_module(picamera2, module, find_webcams=lambda: webcams)
    try:
        return str(camera.model)
    finally:
        camera.close()


def trouble(picamera2: Any, module: str = "", webcams: tuple[str, ...] = ()) -> CameraError:
    with pytest.raises(CameraError) as caught:
        opened(picamera2, module, webcams)
    return caught.value


def test_a_camera_that_comes_after_a_failed_opening_is_seen(plugged: Plugged) -> None:
    there, picamera2 = plugged
    assert trouble(picamera2).what == "no camera module is connected"
    there.append(WIDE)
    assert opened(picamera2) == "imx708_wide"
    there.insert(0, SECOND)
    assert opened(picamera2) == "imx219"


def test_a_camera_that_is_busy_is_given_back_whole_and_opened_later(plugged: Plugged) -> None:
    there, picamera2 = plugged
    there.append(WIDE)
    picamera2.busy = True
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        failed = trouble(picamera2)
    assert "imx708_wide cannot be opened ([Errno 16] Device or resource busy)" in failed.what
    assert "close other camera programs" in failed.mend
    assert picamera2.released == 5
    gc.collect()
    assert len(picamera2.alive) <= 1  # the older versions' registry has the last one until the next opening
    assert len(list(Path("/proc/self/fd").iterdir())) <= before  # others' may have been collected
    picamera2.busy = False
    there[:] = [SECOND]  # while it was at fault, another one was plugged in
    assert opened(picamera2) == "imx219"


def test_a_camera_that_was_pulled_out_does_not_hide_the_next_one(plugged: Plugged) -> None:
    there, picamera2 = plugged
    there.append(WIDE)
    camera = open_module(picamera2, "")
    camera.busy = True
    close_module(camera)
    there[:] = [SECOND]
    assert opened(picamera2) == "imx219"


@pytest.mark.parametrize(
    ("module", "model"),
    [
        ("", "imx708_wide"),
        ("0", "imx708_wide"),
        ("1", "imx219"),
        ("imx219", "imx219"),
        ("imx708", "imx708_wide"),
        ("IMX708_wide", "imx708_wide"),
    ],
)
def test_a_module_is_named_by_number_or_by_its_sensor_and_no_webcam_comes_before(
    plugged: Plugged, module: str, model: str
) -> None:
    there, picamera2 = plugged
    there += [USB, WIDE, SECOND]
    assert opened(picamera2, module) == model


@pytest.mark.parametrize("module", ["2", "imx477", "HD Pro Webcam", "²"])
def test_a_module_that_is_absent_is_answered_with_those_that_are_there(plugged: Plugged, module: str) -> None:
    there, picamera2 = plugged
    there += [USB, WIDE, SECOND]
    failed = trouble(picamera2, module)
    assert failed.what == f"there is no camera module {module!r} (present: 0 imx708_wide, 1 imx219)"
    assert "sudo mien config set camera.module NUMBER" in failed.mend


def test_one_of_two_alike_must_be_named_by_its_number(plugged: Plugged) -> None:
    there, picamera2 = plugged
    there += [WIDE, WIDE | {"Id": "/base/axi/pcie@1000120000/rp1/i2c@80000/imx708@1a"}]
    assert (
        "several camera modules 'imx708' (present: 0 imx708_wide, 1 imx708_wide)" in trouble(picamera2, "imx708").what
    )
    assert opened(picamera2, "1") == "imx708_wide"


def test_with_a_webcam_alone_the_mend_is_what_to_type(plugged: Plugged) -> None:
    there, picamera2 = plugged
    there.append(USB)
    failed = trouble(picamera2, "", (BY_ID,))
    assert failed.what == f"no camera module is connected, but a USB camera is: {BY_ID}"
    assert failed.mend == (
        "to use it: sudo mien config set camera.driver v4l2, and "
        f"sudo mien config set camera.device {BY_ID}, and sudo systemctl restart mien"
    )


def test_a_libcamera_that_lists_nothing_and_a_picamera2_that_hides_its_manager_are_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken() -> list[dict[str, Any]]:
        raise RuntimeError(13)

    caplog.set_level("INFO")
    assert trouble(SimpleNamespace(global_camera_info=broken)).what == "libcamera cannot list its cameras (13)"
    assert "may need a restart" in caplog.text
