"""Workers of one, for the tests of the analysis."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest


@dataclass
class Alone:
    """Workers of this very process: notes what it did, and lets Ctrl-C be pressed at a certain song."""

    interrupt_at: int = 0
    identified: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    def work(self, job: Any, tasks: Iterable[str], *, limit: Any = None) -> Iterator[tuple[str, Any]]:
        assert limit, "every file has a time limit"
        for task in tasks:
            done = {"identify": self.identified, "listen": self.heard}[job.func.__name__]
            done.append(task)
            if done is self.heard and len(done) == self.interrupt_at:
                raise KeyboardInterrupt
            yield task, job(task)


@pytest.fixture
def alone() -> type[Alone]:
    return Alone
