import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
COMPOSER = "tools.demo.composer"
DOOR = f"{COMPOSER}.composer"
OUTSIDE = {
    path.relative_to(ROOT).as_posix(): path
    for package in ("device", "tools", "deploy")
    for path in (ROOT / package).rglob("*.py")
    if not path.is_relative_to(ROOT / "tools/demo/composer")
}


def modules_named(source: str) -> Iterator[str]:
    """Every module that an import may mean, wherever it stands: ``from a import b`` may mean a.b."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(module=str() as module):
                yield from (f"{module}.{alias.name}" for alias in node.names)


def inside(source: str) -> set[str]:
    """What a module imports of the composer, except its door."""
    named = set(modules_named(source))
    return {name for name in named if f"{name}.".startswith(f"{COMPOSER}.") and not f"{name}.".startswith(f"{DOOR}.")}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from tools.demo.composer.composer import readme", set()),
        ("from tools.demo.composer import composer", set()),
        ("import tools.demo.composer.composer", set()),
        ("from tools.demo.composer import library", {f"{COMPOSER}.library"}),
        ("from tools.demo import composer", {COMPOSER}),
        ("def late():\n    from tools.demo.composer.music.plan import Piece", {f"{COMPOSER}.music.plan.Piece"}),
        ("import numpy, tools.demo.composer.sound.keys as keys", {f"{COMPOSER}.sound.keys"}),
    ],
)
def test_the_reader_of_imports_tells_the_door_from_what_is_behind_it(source: str, found: set[str]) -> None:
    assert inside(source) == found


@pytest.mark.parametrize("name", sorted(OUTSIDE))
def test_a_module_outside_comes_in_by_the_door_alone(name: str) -> None:
    assert inside(OUTSIDE[name].read_text(encoding="utf-8")) == set()


def test_somebody_uses_the_door() -> None:
    users = [
        name
        for name, path in OUTSIDE.items()
        if any(named.startswith(f"{DOOR}.") for named in modules_named(path.read_text(encoding="utf-8")))
    ]
    assert users == ["tools/commands/compose_demo.py"]
