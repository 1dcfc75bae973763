"""A fleet of boxes on loopback, and the workstation that changes it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from device.releases.manifest import read_manifest, write_manifest
from tests.tools.fleet.loopback import REPOSITORY, LoopbackBox, make_key
from tests.waiting import LASTING_SECONDS

MODELS = REPOSITORY / "models"


@dataclass
class Workstation:
    """Where mien-tools runs: a folder with an inventory, and programs of its own before those of the system."""

    folder: Path
    boxes: list[LoopbackBox]

    @property
    def inventory(self) -> Path:
        path = self.folder / "fleet.py"
        (self.folder / "ssh_config").write_text("".join(box.ssh_config for box in self.boxes))
        names = [box.name for box in self.boxes]
        path.write_text(f"boxes = ({names!r}, {{'ssh_config_file': {str(self.folder / 'ssh_config')!r}}})\n")
        return path

    def tools(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one verb of mien-tools."""
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        command = [sys.executable, "-m", "tools", *words]
        environment = os.environ | {"PATH": path, "COLUMNS": "120"}
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd=REPOSITORY,
            env=environment,
            timeout=LASTING_SECONDS,
            check=False,
        )

    def start(self, *words: str, **streams: Any) -> subprocess.Popen[bytes]:
        """Begin one verb of mien-tools."""
        environment = os.environ | {"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "COLUMNS": "120"}
        return subprocess.Popen([sys.executable, "-m", "tools", *words], cwd=REPOSITORY, env=environment, **streams)

    def fleet(self, verb: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one verb on the whole fleet."""
        return self.tools(verb, "--inventory", str(self.inventory), *words)

    def command(self, name: str, script: str) -> None:
        """Put a program before the system's."""
        (self.folder / "bin").mkdir(exist_ok=True)
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_key(tmp_path_factory.mktemp("key") / "key")


@pytest.fixture(scope="session")
def wall_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of a wall: what the camera of a box sees on which nobody presses the button."""
    path = tmp_path_factory.mktemp("clip") / "wall.avi"
    code = cv2.VideoWriter_fourcc(*"MJPG")  # type: ignore[attr-defined]
    writer = cv2.VideoWriter(str(path), code, 10, (320, 240), isColor=False)
    for _ in range(10):
        writer.write(np.full((240, 320), 120, np.uint8))
    writer.release()
    return path


@pytest.fixture
def make_fleet(tmp_path: Path, key: Path, wall_clip: Path) -> Iterator[Callable[..., Workstation]]:
    """Make boxes of these names, each running release 1, and the workstation beside them."""
    boxes: list[LoopbackBox] = []

    def make(*names: str, running: bool = True, greeting: str = "", **settings: dict[str, Any]) -> Workstation:
        for name in names:
            box = LoopbackBox(tmp_path / "boxes" / name, key, settings, greeting=greeting)
            box.build(wall_clip)
            boxes.append(box)
            if running:
                copy_release(box.releases / "1")
                assert box.mien("release", "activate", "1").returncode == 0
                subprocess.run([box.folder / "bin" / "systemctl", "restart", "mien"], check=True)
            box.start()
        folder = tmp_path / "workstation"
        folder.mkdir()
        return Workstation(folder, boxes)

    yield make
    for box in boxes:
        box.stop()


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """Release 2, the models' own, ready to be pushed."""
    return copy_release(tmp_path / "pushed" / "2")


def copy_release(folder: Path, *, created: str | None = None) -> Path:
    shutil.copytree(MODELS, folder, ignore=shutil.ignore_patterns("demo_library"))
    manifest = read_manifest(folder)
    write_manifest(folder, replace(manifest, release_id=folder.name, created=created or manifest.created))
    return folder


@pytest.fixture
def repack() -> Callable[[Path, str, bytes], None]:
    """Give a file of a release another content, and describe it again in the manifest."""

    def change(folder: Path, name: str, content: bytes) -> None:
        from device.releases.manifest import describe_file

        (folder / name).write_bytes(content)
        manifest = read_manifest(folder)
        files = {**manifest.files, name: describe_file(folder / name)}
        write_manifest(folder, replace(manifest, files=files))

    return change


def rows(finished: subprocess.CompletedProcess[str]) -> dict[str, Sequence[str]]:
    """The summary's rows: box → result, release, …"""
    lines = finished.stdout.splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith("box "))
    return {line.split()[0]: line.split()[1:] for line in lines[head + 1 : -1]}
