"""The boxes that a command is for, asked all at once."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from gevent.pool import Pool

from tools.fleet.box import Box

_ASKED_AT_ONCE = 200
"""Looking is cheap, and a box that does not answer should keep no other waiting."""

Answer = TypeVar("Answer")


class Fleet:
    """Boxes in the order in which they were named."""

    def __init__(self, boxes: Sequence[Box]) -> None:
        self.boxes = tuple(boxes)

    def ask(
        self, question: Callable[[Box], Answer], boxes: Sequence[Box], *, parallel: int = _ASKED_AT_ONCE
    ) -> Iterator[Answer]:
        """Put a question to several boxes at once; yield the answers in the order in which they come."""
        return iter(Pool(parallel).imap_unordered(question, boxes))
