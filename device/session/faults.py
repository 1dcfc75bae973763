"""Naming the cause of what went wrong, and what a person can do about it."""

from device.errors import CameraError, MienError, PlayerError, SongFileError, SoundCardError
from device.player.player import PlaybackEnd
from device.session.states import Cause, Fault

_CAUSES = {
    CameraError: Cause.CAMERA,
    SoundCardError: Cause.SOUND_CARD,
    SongFileError: Cause.SONG_FILE,
    PlayerError: Cause.PLAYER,  # after its own kinds
}


def fault_of(error: Exception) -> Fault:
    """Name the cause of an exception, and what a person can do about it."""
    if isinstance(error, MienError):
        cause = next((cause for kind, cause in _CAUSES.items() if isinstance(error, kind)), Cause.SOFTWARE)
        return Fault(cause, error.what, error.mend)
    what = f"{type(error).__name__}: {error}"
    return Fault(Cause.SOFTWARE, what, "press again; if it stays, look at: journalctl -u mien")


def no_songs_fault() -> Fault:
    """Name the fault of a box that has a table and none of its songs."""
    return Fault(Cause.NO_SONGS, "no song of the table is in the music folder", "copy the music to the box")


def several_songs_fault(last: Fault, count: int) -> Fault:
    """Name the fault of so many songs in a row, of which none could be played."""
    return Fault(last.cause, f"{count} songs in a row could not be played, at last {last.what}", last.mend)


def too_short_fault(song: str, seconds: float) -> Fault:
    """Name the fault of a file that came to its end, and is too short for a song."""
    mend = "take it out of the music folder, then analyse the library again"
    return Fault(Cause.SONG_FILE, f"{song}: {seconds:.2f} s of sound are too little for a song", mend)


def playback_fault(song: str, end: PlaybackEnd, why: str) -> Fault:
    """Name the fault of a song that did not come to its end: the sound card's, or its file's."""
    match end:
        case PlaybackEnd.CARD_LOST:
            return Fault(Cause.SOUND_CARD_LOST, why, "plug the sound card in again; the box chimes when it is ready")
        case PlaybackEnd.NO_SOUND:
            mend = "mien doctor looks closer; or name another card as card under [sound] (aplay -l lists them)"
            if "in use" in why or "another program" in why:
                mend = "end the other program, or name another card as card under [sound] (aplay -l lists them)"
            return Fault(Cause.SOUND_CARD, why, mend)
        case PlaybackEnd.CUT_SHORT:
            mend = "its file is not whole, or another than was analysed: copy this song again"
            return Fault(Cause.SONG_CUT_SHORT, f"{song}: {why}", mend)
        case _:
            mend = "press for another song, and copy this one again or analyse the library again"
            return Fault(Cause.SONG_FILE, f"{song}: {why}", mend)
