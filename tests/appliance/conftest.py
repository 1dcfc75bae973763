"""The virtual appliance: machines made from nothing, on which the real installer puts the real box."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # the checkout's own deploy
sys.path.insert(0, str(Path(__file__).parent))  # its parts are modules beside the tests

from blueprint import BLUEPRINTS, TRIXIE, Blueprint
from box import FRESH, Box, Installation, fresh_box, furnish, install
from roots import debian_root
from store import carry_out, need
from wheelhouse import REPOSITORY, wheelhouse

_measured: dict[str, float] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the processor that the virtual machine is to have; make test-arm64 gives a Pi's."""
    parser.addoption("--architecture", choices=sorted(BLUEPRINTS), default=TRIXIE.architecture.debian)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what was measured, in seconds."""
    if _measured:
        terminalreporter.write_sep("-", "measured, in seconds")
        terminalreporter.write_line(", ".join(f"{what} {seconds:.2f}" for what, seconds in _measured.items()))


@pytest.fixture(scope="session")
def measured() -> dict[str, float]:
    """Where tests note how long something took, in seconds, for the end of the report."""
    return _measured


@pytest.fixture(autouse=True, scope="session")
def _right_to_make_machines() -> None:
    if os.geteuid():
        pytest.fail("containers and network namespaces are made by root: sudo -E make test-appliance", pytrace=False)


@pytest.fixture(scope="session")
def blueprint(request: pytest.FixtureRequest) -> Blueprint:
    """What the virtual machine is made of."""
    return BLUEPRINTS[request.config.getoption("--architecture")]


@pytest.fixture(scope="session")
def face() -> Path:
    """A recording of a real person's face."""
    clip = Path(os.environ.get("MIEN_CLIPS", ".")) / "WolfgangLanger_Pexels.mp4"
    if not clip.is_file():
        pytest.fail(
            "MIEN_CLIPS does not name the folder with WolfgangLanger_Pexels.mp4; make test-appliance fetches it"
        )
    return clip


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this checkout as somebody would clone it: without what was built in it."""
    need("git", "git")
    folder = tmp_path_factory.mktemp("checkout")
    folder.chmod(0o755)  # its owner on the box is somebody else
    listed = carry_out(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=REPOSITORY)
    for name in filter(None, listed.split("\0")):
        if (REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory, checkout: Path) -> Callable[[str], Box]:
    """Return a maker of fresh machines, not yet booted."""
    root, wheels = debian_root("bookworm", FRESH), wheelhouse("3.11")

    def make(name: str) -> Box:
        return fresh_box(root, tmp_path_factory.mktemp(name), wheels, checkout, name=name)

    return make


@pytest.fixture(scope="session")
def installation(fresh: Callable[[str], Box], face: Path, measured: dict[str, float]) -> Installation:
    """Install mien on a fresh Debian bookworm, once."""
    with fresh("fresh") as box:
        furnish(box, face)
        words, seconds = install(box)
        box.shut_down()
    measured["installation"] = seconds
    return Installation(box.layer, words, seconds)


@pytest.fixture(scope="session")
def installed(installation: Installation, fresh: Callable[[str], Box]) -> Callable[..., Box]:
    """Return a maker of installed boxes, not yet booted: each as the installer left it, whatever happened to others.

    They have no network unless one is given; keywords set what :class:`container.Container` has.
    """

    def make(name: str = "box", **options: Any) -> Box:
        box = fresh(name)
        changed: dict[str, Any] = {"layers": [installation.layer, *box.layers], "online": False, **options}
        return replace(box, **changed)

    return make


@pytest.fixture
def make_box(installed: Callable[..., Box]) -> Iterator[Callable[..., Box]]:
    """Return a maker of installed boxes that runs them until the test ends."""
    with ExitStack() as running:
        yield lambda *name, **options: running.enter_context(installed(*name, **options))


@pytest.fixture
def box(make_box: Callable[..., Box]) -> Box:
    """Return one installed box, its daemon ready."""
    box = make_box()
    box.wait_for("idle")
    return box
