"""Reads labelled faces in every form that they ship in, and checks what it reads.

paths → collection (which set is it?) → crops / ferplus_votes / label_folders → examples
"""
