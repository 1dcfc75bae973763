"""What the command lines of ``mien`` and ``mien-tools`` share: finding verbs, parsing, and ending with an exit code."""

import argparse
import importlib
import logging
import pkgutil
import sys
from collections.abc import Sequence
from types import ModuleType

from device.errors import MienError

_INTERRUPTED = 130
"""What a shell expects of a command that Ctrl-C ended."""


def run_command_line(program: str, description: str, package: ModuleType, arguments: Sequence[str] | None) -> int:
    """Run the verb that the arguments name, and return the exit code.

    Every module of ``package`` is a verb: its docstring's first line is the help, ``add_arguments(parser)`` declares
    what it takes, and ``run(arguments)`` returns the exit code.
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stdout)
    parser = argparse.ArgumentParser(prog=program, description=description)
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for verb, module in _verbs(package).items():
        summary = (module.__doc__ or "").splitlines()[0]
        subparser = verbs.add_parser(verb, help=summary, description=module.__doc__)
        module.add_arguments(subparser)
        subparser.set_defaults(run=module.run)
    parsed = parser.parse_args(arguments)
    try:
        code: int = parsed.run(parsed)
    except MienError as error:
        print(f"{program}: {error}", file=sys.stderr)  # noqa: T201 - this is where errors reach the person
        return error.exit_code
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:  # the reader, head say, has seen enough
        sys.stderr.close()
        return 0
    return code


def _verbs(package: ModuleType) -> dict[str, ModuleType]:
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    return {name.replace("_", "-"): importlib.import_module(f"{package.__name__}.{name}") for name in names}
