"""What is fetched is checked against a hash of this repository, wherever it is installed, built or downloaded."""

import hashlib
import io
import re
import shlex
import subprocess
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from deploy.software import REQUIREMENTS
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
PINS = [*sorted(ROOT.glob("requirements*.txt")), ROOT / "tests/appliance/guest/requirements.txt"]
UV_PYTHON = ROOT / ".uv/bin/python"  # tools/prepare.sh makes it; uv lies beside it

LINE = re.compile(r"(?P<requirement>[A-Za-z0-9][\w.-]*==[^\s;]+( ; .+?)?)(?P<hashes>( --hash=sha256:[0-9a-f]{64})+)")
INSTALLS = re.compile(r"\bpip3?[\"']?,? [\"']?(?:install|sync|download|wheel)\b[^`\n;&|#]*")
OTHER_WAYS = re.compile(r"\b(?:curl|wget|uvx|pipx|easy_install|npm|git\+\w+)\b(?! is| was)")
OWN = re.compile(r"(?=.*--no-deps)(?=.*--no-build-isolation).* \.(?:\s|$)")
"""Installs mien itself: a folder has no hash, nothing is fetched, and what it is built with is installed already."""

UNCHECKED = {"tools/README.md: pipx", "tools/README.md: npm"}
"""Who prefers pipx is told there that it looks at no hash; what npm packs are weights, whose hash the reader knows."""

COMPOSED = {
    "deploy/installing.py",  # test_operations reads the command
    "tests/appliance/blueprint.py",  # its words are constants that say so
    "tests/appliance/wheelhouse.py",
    "tests/deploy/test_operations.py",
    "tests/deploy/test_supply_chain.py",
    "tests/wheels.py",  # with the hashes of the files that test_wheel names, or with nothing but our own wheel
}
"""Where a command is put together from parts."""


def pins(path: Path) -> list[str]:
    """The entries of a file of requirements, each in one line."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    return [" ".join(line.split()) for line in text.splitlines() if line.strip() and not line.startswith("#")]


def versions(path: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for pin in pins(path):
        requirement = Requirement(pin.partition(" --hash")[0])
        found.setdefault(requirement.name, set()).add(str(requirement.specifier))
    return found


def tracked() -> Iterator[tuple[str, str]]:
    """Every file of the repository that a person or a program reads commands from, continued lines joined."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("this is no checkout of git")
    for name in listed.stdout.split("\0"):
        path = ROOT / name
        if path.is_file() and (path.suffix in {".md", ".sh", ".py", ".jinja", ".service"} or not path.suffix):
            try:
                yield name, path.read_text(encoding="utf-8").replace("\\\n", " ")
            except UnicodeDecodeError:
                continue


def unhashed(text: str) -> list[str]:
    """The commands of a text that install something without asking for its hash."""
    commands = [match[0].strip() for match in INSTALLS.finditer(text)]
    return [
        command
        for command in commands
        if not ("--require-hashes" in command or re.search(r"\$(hashed|own)\b", command) or OWN.fullmatch(command))
    ]


@pytest.mark.parametrize("path", PINS, ids=lambda path: path.name)
def test_every_pin_is_exact_and_has_its_hashes(path: Path) -> None:
    assert pins(path)
    assert [pin for pin in pins(path) if not LINE.fullmatch(pin)] == []


@pytest.mark.parametrize(
    "line", ["numpy>=2 --hash=sha256:" + "0" * 64, "numpy==2", "-r more.txt", "numpy @ https://example.org/numpy.whl"]
)
def test_a_pin_that_is_none_is_noticed(line: str) -> None:
    assert not LINE.fullmatch(line)


def test_what_is_installed_together_agrees() -> None:
    box, installer = versions(ROOT / REQUIREMENTS), versions(ROOT / "requirements-installer.txt")
    shared = box.keys() & installer.keys()
    assert {name: box[name] for name in shared} == {name: installer[name] for name in shared}


@pytest.mark.parametrize(
    ("name", "needed"), [(REQUIREMENTS, {"numpy", "gpiozero", "rich"}), ("requirements-installer.txt", {"pyinfra"})]
)
def test_what_is_needed_is_pinned(name: str, needed: set[str]) -> None:
    assert needed <= versions(ROOT / name).keys()


def test_wheels_are_built_with_what_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    required = project["build-system"]["requires"]
    assert required == project["dependency-groups"]["build"]
    pinned = versions(ROOT / "requirements-build.txt")
    assert {Requirement(text).name: {str(Requirement(text).specifier)} for text in required} == pinned
    built_with = ("installer", "workstation", "training", "device", "box")  # without any isolation
    for name in built_with:
        assert versions(ROOT / f"requirements-{name}.txt")["setuptools"] == pinned["setuptools"]


def test_no_script_and_no_page_installs_anything_without_its_hash() -> None:
    seen, wrong = 0, []
    for name, text in tracked():
        if name not in COMPOSED:
            seen += len(INSTALLS.findall(text))
            wrong += [f"{name}: {command}" for command in unhashed(text)]
    assert wrong == []
    assert seen > 15


@pytest.mark.parametrize(
    "text",
    [
        "pip install '.[tools]'",
        "python3 -m pip download --no-deps -d wheels -r requirements-box.txt",
        "python3 -m pip wheel --no-deps -w wheels .",
        "$uv pip sync -q --python .venv requirements.txt",
        "$uv pip install -q --no-deps --editable .",
        "mend=\"pip install 'mien[fleet]'\"",
        "pip install --no-deps .  # --require-hashes",
        '["uv", "pip", "install", "numpy"]',
    ],
)
def test_an_install_without_a_hash_is_found(text: str) -> None:
    assert unhashed(text)


@pytest.mark.parametrize(
    "text",
    ["pip install --require-hashes -r x.txt", "pip install --no-deps --no-build-isolation .", "pip install $own"],
)
def test_an_install_with_its_hash_is_fine(text: str) -> None:
    assert unhashed(text) == []


def test_nothing_else_fetches_programs() -> None:
    found = [
        f"{name}: {match[0]}"
        for name, text in tracked()
        if Path(name).suffix in {".sh", ".md", ""} and not name.startswith("models/")
        for match in OTHER_WAYS.finditer(text)
    ]
    assert set(found) == UNCHECKED


def options(name: str) -> list[str]:
    """The words of a variable of tools/prepare.sh."""
    found = re.search(rf'^{name}="([^"]+)"', (ROOT / "tools/prepare.sh").read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    return found[1].split()


def a_wheel(folder: Path) -> str:
    """Put a wheel of a package ``tiny`` into a folder, and return its hash."""
    about = "tiny-1.0.dist-info"
    path = folder / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny.py", "")
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", f"tiny.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n{about}/RECORD,,\n")
    return hashlib.sha256(path.read_bytes()).hexdigest()


BACKEND = """
import pathlib, zipfile
import tiny
def build_wheel(folder, *_settings):
    name, about = "built-1.0-py3-none-any.whl", "built-1.0.dist-info"
    with zipfile.ZipFile(pathlib.Path(folder) / name, "w") as archive:
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\\nName: built\\nVersion: 1.0\\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(f"{about}/RECORD", "")
    return name
"""


def a_source(folder: Path) -> str:
    """Put a package ``built`` into a folder as source only; it is built with ``tiny``. Return its hash."""
    path = folder / "built-1.0.tar.gz"
    project = '[project]\nname = "built"\nversion = "1.0"\n[build-system]\nrequires = ["tiny"]\n'
    project += 'build-backend = "backend"\nbackend-path = ["."]\n'
    information = "Metadata-Version: 2.1\nName: built\nVersion: 1.0\n"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in {"pyproject.toml": project, "backend.py": BACKEND, "PKG-INFO": information}.items():
            entry = tarfile.TarInfo(f"built-1.0/{name}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
        env={"PATH": "/usr/bin:/bin", **environment},
    )


@pytest.fixture
def index(tmp_path: Path) -> Path:
    if not UV_PYTHON.exists():
        pytest.skip("tools/prepare.sh has not set uv up here")
    folder = tmp_path / "index"
    folder.mkdir()
    return folder


def hash_line(name: str, digest: str) -> str:
    return f"{name}==1.0 --hash=sha256:{digest}\n"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("tiny==1.0\n", "hash"),
        (
            "tiny==1.0 --hash=sha256:" + "0" * 64 + "\n",
            "(?i)hash mismatch|do not match the hashes",
        ),
        ("tiny==1.0 --hash=sha256:{digest}\n", ""),
    ],
    ids=["no hash", "wrong hash", "its hash"],
)
@pytest.mark.parametrize("program", ["uv", "pip"])
def test_what_has_no_hash_or_another_one_is_refused(
    index: Path, tmp_path: Path, program: str, written: str, words: str
) -> None:
    wanted = tmp_path / "requirements.txt"
    wanted.write_text(written.format(digest=a_wheel(index)), encoding="utf-8")
    (tmp_path / "requirements-build.txt").write_text("", encoding="utf-8")
    source = ["--no-index", "--find-links", index, "--target", tmp_path / "target", "-r", wanted]
    if program == "uv":
        built = str(tmp_path / "requirements-build.txt")
        hashed = [word.replace("requirements-build.txt", built) for word in options("hashed")]
        words_of_uv = (UV_PYTHON.with_name("uv"), "pip", "install", "--python", UV_PYTHON, *hashed, *source)
        finished = run(*words_of_uv, UV_CACHE_DIR=str(tmp_path / "cache"))
    else:
        asked = shlex.split("--require-hashes --only-binary=:all:")
        finished = run(UV_PYTHON, "-I", "-m", "pip", "install", *asked, *source)
    assert (finished.returncode == 0) == (not words), finished.stderr
    assert re.search(words, finished.stderr)
    assert (tmp_path / "target/tiny.py").exists() == (not words)


@pytest.mark.parametrize(
    ("constraint", "words"),
    [
        ("", "no trusted hash was provided for: `tiny`"),
        ("tiny==1.0\n", "hash"),
        ("tiny==1.0 --hash=sha256:" + "0" * 64 + "\n", "Hash mismatch for `tiny==1.0`"),
        ("tiny==1.0 --hash=sha256:{digest}\n", ""),
    ],
    ids=["not pinned", "no hash", "wrong hash", "its hash"],
)
@pytest.mark.parametrize("what", ["hashed", "own"])
def test_what_wheels_are_built_with_is_checked_too(
    index: Path, tmp_path: Path, what: str, constraint: str, words: str
) -> None:
    digest, source = a_wheel(index), a_source(index)
    wanted, constraints = tmp_path / "requirements.txt", tmp_path / "requirements-build.txt"
    wanted.write_text(hash_line("built", source), encoding="utf-8")
    constraints.write_text(constraint.format(digest=digest), encoding="utf-8")
    with tarfile.open(index / "built-1.0.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    asked = [word.replace("requirements-build.txt", str(constraints)) for word in options(what)]
    asked = [str(tmp_path / "built-1.0") if word == "." else word for word in asked if word != "--editable"]
    named = ["-r", wanted] if what == "hashed" else []
    finished = run(
        *(UV_PYTHON.with_name("uv"), "pip", "install", "--python", UV_PYTHON, *asked, *named),
        *("--no-index", "--find-links", index, "--target", tmp_path / "target"),
        UV_CACHE_DIR=str(tmp_path / "cache"),
    )
    assert (finished.returncode == 0) == (not words), finished.stderr
    assert words in finished.stderr
    assert (tmp_path / "target/built-1.0.dist-info").exists() == (not words)


def test_a_box_builds_nothing_that_it_has_fetched(index: Path, tmp_path: Path) -> None:
    wanted = tmp_path / "requirements.txt"
    a_wheel(index)
    wanted.write_text(hash_line("built", a_source(index)), encoding="utf-8")
    asked = ["--require-hashes", "--only-binary=:all:", "--no-index", "--find-links", index]
    finished = run(UV_PYTHON, "-I", "-m", "pip", "install", *asked, "--target", tmp_path / "target", "-r", wanted)
    assert finished.returncode
    assert "No matching distribution found for built" in finished.stderr
    for name in ("deploy/install.sh", "deploy/installing.py"):
        assert "--require-hashes --only-binary=:all:" in (ROOT / name).read_text(encoding="utf-8")
