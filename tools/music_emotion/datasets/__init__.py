"""Reads music whose emotion people have judged, in every layout that it ships in, and splits it by whole groups.

paths → collection (which set is it?) → deam / clips_va / emotify / emopia / vgmidi (MIDI: rendering) → songs
songs → join_rated (all sets that rate what is heard as one), splits
"""
