"""Reads music whose emotion people have judged, in every layout that it ships in, and splits it by whole groups.

paths → collection (which set is it?) → deam / clips_va / emotify / emopia / vgmidi (MIDI: rendering) → songs
songs → joining (all that rate what is heard), splits
"""

from tools.music_emotion.datasets.clips_va import read_clips_va
from tools.music_emotion.datasets.collection import join_rated, read_sets
from tools.music_emotion.datasets.deam import read_deam, read_deam_annotations, read_split
from tools.music_emotion.datasets.emopia import read_emopia
from tools.music_emotion.datasets.emotify import GEMS, emotify_votes, read_emotify
from tools.music_emotion.datasets.songs import USUAL_DEVIATION, AnnotatedSongs, Passed
from tools.music_emotion.datasets.splits import Split, folds_of, leave_one_out, split_by
from tools.music_emotion.datasets.vgmidi import read_vgmidi

__all__ = [
    "GEMS",
    "USUAL_DEVIATION",
    "AnnotatedSongs",
    "Passed",
    "Split",
    "emotify_votes",
    "folds_of",
    "join_rated",
    "leave_one_out",
    "read_clips_va",
    "read_deam",
    "read_deam_annotations",
    "read_emopia",
    "read_emotify",
    "read_sets",
    "read_split",
    "read_vgmidi",
    "split_by",
]
