"""Reads ``.mienignore`` files: which music an owner does not want on the box. This is where pathspec is used.

A ``.mienignore`` may lie in the music folder and in every folder below it. It is written like a ``.gitignore``: one
pattern a line; ``#`` begins a comment; ``*`` and ``?`` stay within a name, ``**`` spans folders; a pattern with a slash
at its beginning or middle is relative to the file's own folder, any other holds at every depth below it; a slash at the
end means folders only; ``!`` takes something in again, the last line that fits decides, and a deeper file decides over
a higher one. What lies in a folder that is left out cannot be taken in again: write ``Talks/*``, then
``!Talks/song.mp3``. Letter case counts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

from tools.errors import DatasetError

IGNORE_FILE = ".mienignore"
_MEND = "mend that line, or put a # before it"


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The patterns of one ``.mienignore`` and of those in the folders above it.

    ``folder`` is relative to the music folder and ends in a slash, but for the music folder itself, which is empty.
    """

    folder: str
    spec: GitIgnoreSpec
    lines: tuple[int, ...]
    above: "IgnoreRules | None"

    def reason(self, path: str, *, folder: bool) -> str | None:
        """Say which line leaves out ``path``, relative to the music folder; None if it is wanted."""
        rules: IgnoreRules | None = self
        while rules is not None:
            found = rules.spec.check_file(path.removeprefix(rules.folder) + ("/" if folder else ""))
            if found.include is not None and found.index is not None:
                where = f"ignored by {rules.folder}{IGNORE_FILE}, line {rules.lines[found.index]}"
                return where if found.include else None
            rules = rules.above
        return None


def read_rules(file: Path, folder: str, above: IgnoreRules | None) -> IgnoreRules:
    """Read the ``.mienignore`` of a folder.

    :param folder: where it lies, as :class:`IgnoreRules` has it.
    :param above: the rules that hold around that folder.
    :raises DatasetError: if it cannot be read, is no UTF-8, or a line is no pattern; the message names the line.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        what = f"{file}: cannot be read ({error})"
        raise DatasetError(what, mend="write it again as plain text in UTF-8, or delete it") from error
    numbered = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if _is_pattern(line)]
    for number, line in numbered:
        _check(file, number, line)
    return IgnoreRules(folder, _spec([line for _, line in numbered]), tuple(number for number, _ in numbered), above)


def _is_pattern(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("#")


def _spec(lines: Sequence[str]) -> GitIgnoreSpec:
    return GitIgnoreSpec.from_lines(lines)


def _check(file: Path, number: int, line: str) -> None:
    try:
        _spec([line])
    except (ValueError, re.error) as error:  # re.error: a range that runs backwards, such as [z-a]
        what = f"{file}, line {number}: {line!r} is no pattern"
        raise DatasetError(what, mend=_MEND) from error
