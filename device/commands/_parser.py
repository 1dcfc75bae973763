"""What the command lines of ``mien`` and ``mien-tools`` share: finding verbs, parsing, and ending with an exit code.

Only the verb that was asked for is imported, so that a word to the daemon costs no more than the word.
"""

import argparse
import ast
import importlib
import importlib.metadata
import os
import pkgutil
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NoReturn

from device.commands._output import complain, flush, open_door, say, trace_lines
from device.errors import MienError
from device.files.untrusted import printable
from device.settings.config_file import DEFAULT_FILE

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

_INTERRUPTED = 130
"""What a shell expects of a command that Ctrl-C ended."""

_FAULT = 70
"""EX_SOFTWARE of sysexits.h: a mistake in mien itself."""

_UNUSABLE = 74
"""EX_IOERR: a file or folder that cannot be used."""

_TREES = tuple(Path(__file__).parents[2] / name for name in ("device", "tools"))

_TRACING = "MIEN_DEBUG"
"""The variable that asks for the traceback of a fault at a terminal as well."""


def run_command_line(
    program: str,
    description: str,
    package: ModuleType,
    arguments: Sequence[str] | None,
    explain_missing: Callable[[str], MienError | None] = lambda _: None,
) -> int:
    """Run the verb that the arguments name, and return the exit code; whatever happens is told in clean words.

    Every module of ``package`` is a verb, but those whose name begins with an underscore: its docstring's first line is
    the help, ``add_arguments(parser)`` declares what it takes, and ``run(arguments)`` returns the exit code.

    :param explain_missing: says what to do about a library that is not installed, by the name of its module; None if
        that is a mistake of ours.
    """
    open_door()
    try:
        words = sys.argv[1:] if arguments is None else list(arguments)
        code = _run_verb(program, description, package, words)
    except MienError as error:
        return _tell_error(program, error)
    except ModuleNotFoundError as error:
        known = explain_missing(error.name or "")
        return _tell_error(program, known) if known else _tell_fault(program, error)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:  # the reader, head say, has seen enough
        return 0
    except Exception as error:  # noqa: BLE001 - the last net, for what nobody has foreseen
        return _tell_fault(program, error)
    return code


class Parser(argparse.ArgumentParser):
    """Argparse, which otherwise repeats words that it does not know as they are, and is silent about a full disk."""

    def print_help(self, file: "SupportsWrite[str] | None" = None) -> None:
        """Print the help, by the one door where it goes to standard output."""
        if file is None:
            say(*self.format_help().removesuffix("\n").split("\n"))
        else:
            super().print_help(file)

    def error(self, message: str) -> NoReturn:
        """End with the usage and a sentence."""
        super().error(printable(message))


def _run_verb(program: str, description: str, package: ModuleType, words: Sequence[str]) -> int:
    verbs = _verbs(package)
    if words == ["--version"]:
        say(f"{program} {_version()}")
        return 0
    if not words:
        words = ["--help"]
    if words[0] not in verbs:
        _explain_verbs(program, description, package, verbs, words)
    verb = importlib.import_module(f"{package.__name__}.{verbs[words[0]]}")
    parser = Parser(prog=f"{program} {words[0]}", description=verb.__doc__)
    verb.add_arguments(parser)
    code: int = verb.run(parser.parse_args(words[1:]))
    flush()
    return code


def _tell_error(program: str, error: MienError) -> int:
    complain(*f"{program}: {error}".split("\n"))
    return error.exit_code


def _tell_fault(program: str, error: Exception) -> int:
    """Say what nobody has foreseen, and return the exit code: a file's own trouble, or a mistake of ours and its place.

    Of a mistake the traceback comes first where no terminal is: what a service or a timer did is seldom done again.
    """
    of_a_file = isinstance(error, OSError) and error.filename is not None
    if os.environ.get(_TRACING) or not (of_a_file or sys.stderr.isatty()):
        complain(*trace_lines(error))
    if isinstance(error, OSError) and of_a_file:
        complain(f"{program}: {os.fsdecode(error.filename)}: {error.strerror}")
        complain("  mend: see whether it is there and what it should be, and to whom it belongs")
        return _UNUSABLE
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if any(Path(frame.filename).is_relative_to(tree) for tree in _TREES)] or frames
    place = f"{Path(ours[-1].filename).name}, line {ours[-1].lineno}"
    complain(f"{program}: a mistake in mien, {type(error).__name__} in {place}: {error}")
    complain(f"  mend: please report it, with what the same command says with {_TRACING}=1 before it")
    return _FAULT


def add_config_argument(parser: argparse.ArgumentParser) -> None:
    """Declare ``--config``, which every verb of the box takes."""
    sentence = f"the settings file (default: {DEFAULT_FILE} if it is there, else built-in defaults)"
    parser.add_argument("--config", type=Path, metavar="FILE", help=sentence)


def number_checked_by(check: Callable[[object], float]) -> Callable[[str], float]:
    """Give argparse a type: a number, which ``check`` returns or refuses with a ValueError in its own words."""

    def number(text: str) -> float:
        try:
            value: object = float(text)
        except ValueError:
            value = text  # which is refused in the same words
        try:
            return check(value)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return number


def _verbs(package: ModuleType) -> dict[str, str]:
    """Map every verb to the name of its module."""
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    return {name.replace("_", "-"): name for name in names if not name.startswith("_")}


def _version() -> str:
    """Say which version this is: the installed one's, or that of a checkout which is not installed."""
    try:
        return importlib.metadata.version("mien")
    except importlib.metadata.PackageNotFoundError:
        return "of a checkout"


def _explain_verbs(
    program: str, description: str, package: ModuleType, verbs: dict[str, str], words: Sequence[str]
) -> NoReturn:
    """List what there is, for words that name no verb; ends the process as argparse does."""
    parser = Parser(prog=program, description=description, epilog=package.__dict__.get("NEXT_STEP"))
    parser.add_argument("--version", action="store_true", help="print the version and end")
    listing = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for verb, name in verbs.items():
        listing.add_parser(verb, help=_summary(Path(package.__path__[0], f"{name}.py")))
    parser.parse_args(words)
    parser.error("the verb comes first")  # should argparse ever make sense of words that name no verb here


def _summary(file: Path) -> str:
    """Read the first line of a verb's docstring without running what the verb imports."""
    docstring = ast.get_docstring(ast.parse(file.read_bytes())) or ""
    return docstring.partition("\n")[0]
