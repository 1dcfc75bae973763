"""All pieces of the demo library, clockwise round the plane."""

from tools.demo_library import (
    calm_pieces,
    content_pieces,
    depressed_pieces,
    excited_pieces,
    frustrated_pieces,
    happy_pieces,
    tense_pieces,
    tired_pieces,
)

PIECES = (
    *frustrated_pieces.PIECES,
    *tense_pieces.PIECES,
    *excited_pieces.PIECES,
    *happy_pieces.PIECES,
    *content_pieces.PIECES,
    *calm_pieces.PIECES,
    *tired_pieces.PIECES,
    *depressed_pieces.PIECES,
)
"""Every piece, at least two for each song label."""
