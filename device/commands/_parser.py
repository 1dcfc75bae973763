"""What the command lines of ``mien`` and ``mien-tools`` share: finding verbs, parsing, and ending with an exit code.

Only the verb that was asked for is imported, so that a word to the daemon costs no more than the word.
"""

import argparse
import ast
import importlib
import logging
import pkgutil
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from device.errors import MienError
from device.settings.config_file import DEFAULT_FILE

_INTERRUPTED = 130
"""What a shell expects of a command that Ctrl-C ended."""


def run_command_line(program: str, description: str, package: ModuleType, arguments: Sequence[str] | None) -> int:
    """Run the verb that the arguments name, and return the exit code.

    Every module of ``package`` is a verb, but those whose name begins with an underscore: its docstring's first line is
    the help, ``add_arguments(parser)`` declares what it takes, and ``run(arguments)`` returns the exit code.
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stdout)
    words = sys.argv[1:] if arguments is None else list(arguments)
    verbs = _verbs(package)
    if not words or words[0] not in verbs:
        _explain_verbs(program, description, package, verbs, words)
    verb = importlib.import_module(f"{package.__name__}.{verbs[words[0]]}")
    parser = argparse.ArgumentParser(prog=f"{program} {words[0]}", description=verb.__doc__)
    verb.add_arguments(parser)
    parsed = parser.parse_args(words[1:])
    try:
        code: int = verb.run(parsed)
    except MienError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:  # the reader, head say, has seen enough
        sys.stderr.close()
        return 0
    return code


def add_config_argument(parser: argparse.ArgumentParser) -> None:
    """Declare ``--config``, which every verb of the box takes."""
    sentence = f"the settings file (default: {DEFAULT_FILE} if it is there, else built-in defaults)"
    parser.add_argument("--config", type=Path, metavar="FILE", help=sentence)


def _verbs(package: ModuleType) -> dict[str, str]:
    """Map every verb to the name of its module."""
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    return {name.replace("_", "-"): name for name in names if not name.startswith("_")}


def _explain_verbs(
    program: str, description: str, package: ModuleType, verbs: dict[str, str], words: Sequence[str]
) -> NoReturn:
    """List what there is, for words that name no verb; ends the process as argparse does."""
    parser = argparse.ArgumentParser(prog=program, description=description)
    listing = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for verb, name in verbs.items():
        listing.add_parser(verb, help=_summary(Path(package.__path__[0], f"{name}.py")))
    parser.parse_args(words)
    parser.error("the verb comes first")  # should argparse ever make sense of words that name no verb here


def _summary(file: Path) -> str:
    """Read the first line of a verb's docstring without running what the verb imports."""
    docstring = ast.get_docstring(ast.parse(file.read_bytes())) or ""
    return docstring.partition("\n")[0]
