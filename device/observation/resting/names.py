"""What a resting face may be called and how long it takes: words for whoever asks, without numpy."""

ANYBODY = "owner"
"""Whose face it is where nobody has said a name."""

LONGEST_NAME = 40
"""Characters of a person's name, or whatever a resting face is called."""

MOST_FACES = 4
"""A household; with more, somebody's numbers would fit anybody."""

CALIBRATION_SECONDS = 10.0
LEAST_SECONDS, MOST_SECONDS = 4.0, 60.0
"""How long a resting face may be watched: in less than that one blink counts too much."""


def trouble_with_name(name: str) -> str:
    """Say why something cannot be called so, empty if it can."""
    if name and name == name.strip() and len(name) <= LONGEST_NAME and name.isprintable():
        return ""
    return f"a name has 1 to {LONGEST_NAME} characters that can be printed, and no blank at its ends"
