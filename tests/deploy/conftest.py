"""A box that is only a table of answers: the operations of the deploy are tested on the commands that they yield."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pyinfra.connectors.local import LocalConnector
from pyinfra.context import ctx_host, ctx_state

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # deploy/ is run from a checkout and is in no wheel


@dataclass
class FakeBox:
    """Answers what facts are asked of it; ``answers`` maps a fact's name, or what was asked of it, to the answer."""

    answers: dict[str, Any] = field(default_factory=dict)
    connector_cls: type = LocalConnector
    said: list[str] = field(default_factory=list)
    is_executing = True

    def get_fact(self, fact: type, **asked: Any) -> Any:
        for key in (*map(str, asked.values()), fact.__name__):
            if key in self.answers:
                return self.answers[key]
        return fact.default()  # type: ignore[attr-defined]

    def noop(self, description: str) -> None:
        self.said.append(description)

    log = noop


@pytest.fixture
def box() -> Iterator[FakeBox]:
    fake = FakeBox()
    with ctx_host.use(fake), ctx_state.use(fake):
        yield fake


@pytest.fixture
def commands(box: FakeBox) -> Callable[..., list[str]]:  # noqa: ARG001 - the operation asks it
    """The commands of an operation, in order."""
    return lambda operation, *arguments, **options: [
        str(command) for command in operation._inner(*arguments, **options)
    ]
