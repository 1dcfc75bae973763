"""A music file → tags, hash of its sound, excerpts, spectra. Knows neither models nor libraries.

decode → excerpts (seeking: without decoding the rest) → spectra, features
tags, audio_hash: what a file says of itself, and what it is whatever it says
"""
