"""Documents as a broken, a strange or a hostile box might send them: seeded, so that a failure comes again."""

import json
import random
from typing import Any

STRANGE: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    10**30,
    10**400,
    1.5,
    1e308,
    float("nan"),
    float("-inf"),
    "",
    "\x1b[2J\x1b]0;PWNED\x07",
    "one\nforged-box  well      idle",
    "\u202egnp.exe \u2066\u2028\x9b31m",
    "\ud800",
    "x" * 9000,
    [],
    {},
    [[]],
    [None],
    ["../../etc/shadow"],
    {"what": 7},
)


def seeded(seed: int) -> random.Random:
    """Return the same chances again."""
    return random.Random(seed)  # noqa: S311 - no secret


def mutated(document: Any, chance: random.Random) -> str:
    """Return a document of which one to three things have changed: values, types, keys, depth, or its very text."""
    changed = json.loads(json.dumps(document))
    for _ in range(chance.randint(1, 3)):
        _change_somewhere(changed, chance)
    text = json.dumps(changed)
    return _torn(text, chance) if chance.random() < 0.1 else text


def _change_somewhere(document: Any, chance: random.Random) -> None:
    holders = [holder for holder in _holders(document) if holder]
    holder = chance.choice(holders)
    key = chance.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    kind = chance.randrange(10)
    if kind < 2:
        del holder[key]
    elif kind == 2 and isinstance(holder, dict):
        holder[chance.choice(("later", "\x1b", "", "schema"))] = holder.pop(key)
    elif kind == 3:
        holder[key] = _deep(chance.choice((3, 40, 500)))
    else:
        holder[key] = json.loads(json.dumps(chance.choice(STRANGE)))


def _holders(value: Any, depth: int = 0) -> list[Any]:
    if not isinstance(value, dict | list) or depth > 8:
        return []
    inner = value.values() if isinstance(value, dict) else value
    return [value, *(holder for one in inner for holder in _holders(one, depth + 1))]


def _deep(depth: int) -> Any:
    value: Any = 0
    for _ in range(depth):
        value = [value]
    return value


def _torn(text: str, chance: random.Random) -> str:
    """Break the text itself: cut, noise before, a number without an end, depth without an end."""
    place = chance.randrange(len(text))
    return chance.choice(
        (
            text[:place],
            f"Welcome to {{box}}!\n{{\n{text}\nlogout",
            f"{text[:place]}{'9' * 5000}{text[place:]}",
            f"{text[:place]}{'[' * 5000}{text[place:]}",
            f"{text[:place]}\ufffd\x00{text[place:]}",
            "",
            "[]",
            '"schema"',
        )
    )
