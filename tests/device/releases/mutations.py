"""Documents that went wrong: bytes flipped, cut and repeated, and JSON whose values and keys are of another kind."""

import json
import random
from typing import Any

STRANGE: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    2**63,
    10**400,
    1.5,
    -0.0,
    float("nan"),
    float("inf"),
    "",
    " ",
    ".",
    "..",
    "../../etc/shadow",
    "/etc/shadow",
    "1",
    "current",
    "a" * 300,
    "é" * 200,
    "\x1b]0;PWNED\x07",
    "\x1b[2J",
    "\x9b31m",
    "a\nforged row  well\n",
    "\r",
    "\u202e",
    "\u2066",
    "\u2028",
    "\ud800",
    "\0",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-11-01",
    [],
    {},
    [[]],
    ["anger", 1, None],
    {"size": 1, "sha256": "0" * 64},
    {"\x1b[2J": "\x1b[2J"},
]


def flipped(content: bytes, chance: random.Random) -> bytes:
    """Change a few bytes of a document."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(changed) + 1)
        match chance.randrange(5):
            case 0:
                changed[at:at] = chance.randbytes(chance.randint(1, 4))
            case 1:
                del changed[at : at + chance.randint(1, 40)]
            case 2:
                changed[at : at + 1] = bytes([chance.randrange(256)])
            case 3:
                changed[at:at] = changed[at : at + chance.randint(1, 200)] * chance.randint(1, 3)
            case _:
                changed[at:at] = chance.choice([b"[" * 3000, b'{"a":' * 3000, b"9" * 5000, b"\xff", b"\\ud800", b"\0"])
    return bytes(changed)


def strange(document: Any, chance: random.Random) -> bytes:
    """Change a few values or keys of a JSON document, and write it."""
    changed = json.loads(json.dumps(document))
    for _ in range(chance.randint(1, 3)):
        changed = _changed(changed, chance)
    return json.dumps(changed).encode()


def _changed(value: Any, chance: random.Random) -> Any:
    if not isinstance(value, dict | list) or not value or chance.random() < 0.1:
        return chance.choice(STRANGE)
    if isinstance(value, list):
        at = chance.randrange(len(value))
        return [*value[:at], _changed(value[at], chance), *value[at + 1 :]]
    key = chance.choice(list(value))
    match chance.randrange(6):
        case 0:
            return {name: held for name, held in value.items() if name != key}
        case 1:
            return value | {_name(chance): chance.choice(STRANGE)}
        case 2:
            return {(_name(chance) if name == key else name): held for name, held in value.items()}
        case _:
            return value | {key: _changed(value[key], chance)}


def _name(chance: random.Random) -> str:
    return str(chance.choice([name for name in STRANGE if isinstance(name, str)]))
