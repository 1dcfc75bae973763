"""The pages: what they link to and what they tell people to type exists, and the first of them stays short."""

import ast
import functools
import itertools
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from device.settings.config_file import configuration_from
from device.settings.editing import find_entry, value_from_words
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[1]
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "deploy/README.md",
    "device/README.md",
    "tools/README.md",
    "models/README.md",
    "tests/benchmarks/README.md",
)
PICTURES = sorted((ROOT / ".pictures").iterdir())
FOLDERS = ("device", "tools", "deploy", "models", "tests")
KIBIBYTE = 1024

FENCE = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TOML = re.compile(r"^```toml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SETTING = re.compile(r"mien config set ([a-z_.]+) ([\w./-]+)")
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
SECTION = re.compile(r"^(?=##+ )", re.MULTILINE)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
COMMAND = re.compile(r"(?:(?<=^)|(?<=[\s/(]))((?:mien-tools|mien|make)(?=\s+[a-z])|(?:tools/)?install\.sh\b)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
PLACE = re.compile(rf"(?:\./)?((?:{'|'.join(FOLDERS)})/[\w./*-]*)")
FILE = re.compile(r"\w+\.(?:py|sh)")

OF_OTHER_PROGRAMS = {"--data"}  # pyinfra's


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def slugs(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = (heading.lower().replace("`", "") for heading in HEADING.findall(FENCE.sub("", text)))
    return {re.sub(r"[^\w -]", "", heading).replace(" ", "-") for heading in headings}


def wrong_links(text: str, folder: Path) -> Iterator[str]:
    for link in LINK.findall(FENCE.sub("", text)):
        name, _, anchor = link.partition("#")
        if "://" in name:
            continue
        target = folder / name if name else None
        if target and not target.exists():
            yield link
            continue
        if target and target.is_dir():
            target /= "README.md"
        if anchor and anchor not in slugs(target.read_text(encoding="utf-8") if target else text):
            yield link


@functools.cache
def help_of(*words: str) -> str:
    """What a command says of itself; empty if there is no such command."""
    program, *verb = words
    package = {"mien": "device", "mien-tools": "tools"}[program]
    command = [sys.executable, "-m", package, *verb, "--help"]
    finished = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=PATIENCE_SECONDS, check=False)
    return finished.stdout if finished.returncode == 0 else ""


@functools.cache
def targets() -> set[str]:
    return set(re.findall(r"^([a-z][\w-]*):", read("Makefile"), re.MULTILINE))


def help_of_the_installer(program: str) -> str:
    return read("deploy/install.sh" if program == "install.sh" else program).split("TEXT")[1]


def told_after(line: str) -> Iterator[tuple[str, str]]:
    """Every program of this project that a line names, with what follows it there, a comment included."""
    found = list(COMMAND.finditer(line.partition("#")[0]))
    for match, following in itertools.pairwise([*found, None]):
        assert match
        yield match[1], line[match.end() : following.start() if following else None]


def words_of(program: str, told: str) -> list[str]:
    """The verb of a command line, and its action if it has one."""
    verb, *others = re.split("[;|&#]", told)[0].split()
    has_action = program == "mien" and others and others[0].isalpha() and others[0].islower()
    return [verb, others[0]] if has_action else [verb]


def options_of(program: str, words: list[str]) -> set[str] | None:
    """The options that a command explains; None if there is no such command."""
    if program == "make":
        passed_on = help_of("mien-tools", "demo") if words[0] == "demo" else ""  # as ARGS=
        return set(OPTION.findall(passed_on)) if words[0] in targets() else None
    if program.endswith("install.sh"):
        return set(OPTION.findall(help_of_the_installer(program)))
    helped = help_of(program, words[0])
    if not helped or any(not re.search(rf"\b{word}\b", helped) for word in words[1:]):
        return None
    return set(OPTION.findall(help_of(program, *words) if words[0] == "release" else helped))


def wrong_in_section(section: str) -> Iterator[str]:
    typed = [line for block in SHELL.findall(section) for line in block.splitlines()]
    spans = SPAN.findall(FENCE.sub("", section))
    known = set(OF_OTHER_PROGRAMS)
    for program, told in itertools.chain.from_iterable(map(told_after, (*typed, *spans))):
        words = [] if program.endswith("install.sh") else words_of(program, told)
        options = options_of(program, words)
        named = " ".join([program, *words])
        if options is None:
            yield named
            continue
        known |= options
        yield from (f"{named} {option}" for option in OPTION.findall(told) if option not in options)
    yield from (span for span in spans if (option := OPTION.match(span)) and option[0] not in known)
    places = [match[1] for word in " ".join((*typed, *spans)).split() if (match := PLACE.fullmatch(word))]
    yield from (place for place in places if not list(ROOT.glob(place.rstrip("/"))))


def wrong_commands(text: str) -> Iterator[str]:
    """Commands, options, make targets and places of the repository that a page names and that do not exist.

    An option that stands alone belongs to one of the commands in the same section.
    """
    for section in SECTION.split(text):
        yield from wrong_in_section(section)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_leads_somewhere(page: str) -> None:
    assert list(wrong_links(read(page), (ROOT / page).parent)) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_a_page_names_exists(page: str) -> None:
    assert list(wrong_commands(read(page))) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_setting_that_a_page_shows_is_one(page: str) -> None:
    text = read(page)
    for block in TOML.findall(text):
        configuration_from(tomllib.loads(block), file=None)
    for name, words in SETTING.findall(text):
        value_from_words(find_entry(name), words)


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_stands_in_its_folder(page: str) -> None:
    folders = FOLDERS if "/" not in page else (page.rpartition("/")[0],)
    names = {path.name for folder in folders for path in (ROOT / folder).rglob("*.*")}
    named = [span for span in SPAN.findall(FENCE.sub("", read(page))) if FILE.fullmatch(span)]
    assert [name for name in named if name not in names] == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[gone](nowhere.md)", "nowhere.md"),
        ("[gone](device/README.md#no-such-heading)", "device/README.md#no-such-heading"),
        ("![gone](.pictures/gone.png)", ".pictures/gone.png"),
        ("# Here\n[gone](#there)", "#there"),
    ],
)
def test_a_link_that_leads_nowhere_is_found(text: str, wrong: str) -> None:
    assert list(wrong_links(text, ROOT)) == [wrong]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("`mien sing`", "mien sing"),
        ("`mien status --loud`", "mien status --loud"),
        ("`mien release sing`", "mien release sing"),
        ("`mien release list --keep 1`", "mien release list --keep"),
        ("`mien-tools analyse --strict` and `mien-tools hear`", "mien-tools hear"),
        ("```sh\nsudo mien press    # the button; --hard too\n```", "mien press --hard"),
        ("```sh\nmake demo && make coffee\n```", "make coffee"),
        ("`sudo ./deploy/install.sh --loud`", "install.sh --loud"),
        ("`./tools/install.sh --purge`", "tools/install.sh --purge"),
        ("`mien status` takes `--json`, and\n## Here\n`mien doctor` no `--json`", "--json"),
        ("`device/nowhere.py`", "device/nowhere.py"),
    ],
)
def test_a_command_that_does_not_exist_is_found(text: str, wrong: str) -> None:
    assert list(wrong_commands(text)) == [wrong]


def sentences(package: str) -> dict[str, str]:
    """The first line of every docstring on the first level of a package."""
    found = {}
    for path in (ROOT / package).iterdir():
        source = path / "__init__.py" if path.is_dir() else path
        if source.suffix == ".py" and source.exists() and path.name != "__init__.py":
            docstring = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
            found[path.name] = docstring.partition("\n")[0].replace("``", "`")
    return found


def test_the_pages_of_device_and_tools_say_of_each_package_what_it_says_of_itself() -> None:
    for package in ("device", "tools"):
        table = read(f"{package}/README.md").partition("## The packages")[2]
        told = dict(re.findall(r"^\| `([\w.]+)` \| (.+) \|$", table, re.MULTILINE))
        said = sentences(package)
        assert told == {name: said.get(name) for name in told}
        assert {name for name in said if not name.endswith(".py")} <= told.keys()


def test_the_first_page_is_short() -> None:
    page = read("README.md")
    assert len(page.splitlines()) <= 120
    assert re.findall("^## (.+)$", page, re.MULTILINE) == ["Bring your own music", "Use it", "Words"]
    first_screenful = page.partition("\n## ")[0]
    assert len(first_screenful.splitlines()) <= 45
    assert len(first_screenful.encode()) <= 3 * KIBIBYTE


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_a_picture_is_small_is_shown_and_loads_nothing(picture: Path) -> None:
    content = picture.read_bytes()
    assert len(content) < 300_000
    assert any(f".pictures/{picture.name})" in read(page) for page in PAGES)
    if picture.suffix == ".svg":
        assert not re.search(rb"url\(http|href=|@import|@font-face|<script", content)
