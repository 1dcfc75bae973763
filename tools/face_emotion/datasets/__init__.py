"""Reads labelled faces in every form that they ship in, and checks what it reads.

paths → collection (which set is it?) → crops / ferplus_votes / label_folders → examples
"""

from tools.face_emotion.datasets.collection import FaceSet, read_sets
from tools.face_emotion.datasets.crops import find_faces, read_faces
from tools.face_emotion.datasets.examples import USAGES, FaceExamples, join

__all__ = ["USAGES", "FaceExamples", "FaceSet", "find_faces", "join", "read_faces", "read_sets"]
