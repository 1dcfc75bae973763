"""Observation → query vector → cosine with every song of the table → the nearest that can play.

observation → query → ranking (over song_index, all songs as arrays) → recommendation ← playable_songs
                             song_table (what a release brings) → song_index, stored_songs → song
"""
