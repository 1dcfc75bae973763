"""How a song's end is judged (pure): libvlc calls every end a normal one.

The time played is taken from the moment at which the player was told to play, and so is never too small: a slow
machine, a late start or a stream that stumbles makes it longer, and a song is never called cut short because of them.
"""

from device.interfaces import PlaybackEnd

TOLERATED_SECONDS = 2.0
"""libvlc announces the end up to a second early, since the last of the sound is still on its way to the card."""
TOLERATED_SHARE = 0.05
"""Of a long song this much may be missing: a player skips what is damaged in the middle of a file."""
TOLERATED_SECONDS_OF_AN_ESTIMATE = 3.0
TOLERATED_SHARE_OF_AN_ESTIMATE = 0.5
"""libvlc guesses the length of an MP3 without a seek table from its first bit rate, and is then far off."""


def judge(*, played: float, measured: float | None, declared: float) -> tuple[PlaybackEnd, str]:
    """Tell a song that came to its end from one that broke off, and say so in words.

    :param played: seconds from the command to play to the end of the file, ≥ 0.
    :param measured: the length in seconds that the song table holds, found by going through the whole file; None if
        there is none.
    :param declared: the length in seconds that libvlc reads from the file's head or estimates; ≤ 0 if it knows none.
        It counts only where nothing was measured.
    """
    if measured is None:
        length = max(declared, 0.0)
        tolerated = max(TOLERATED_SECONDS_OF_AN_ESTIMATE, TOLERATED_SHARE_OF_AN_ESTIMATE * length)
    else:
        length = measured
        tolerated = max(TOLERATED_SECONDS, TOLERATED_SHARE * length)
    if length - played > tolerated:
        return PlaybackEnd.CUT_SHORT, f"broke off after {played:.0f} of {length:.0f} s"
    return PlaybackEnd.FINISHED, ""
