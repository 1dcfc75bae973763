"""All pieces of the demo library, clockwise round the plane."""

from tools.demo.composer.pieces import calm as calm_pieces
from tools.demo.composer.pieces import content as content_pieces
from tools.demo.composer.pieces import depressed as depressed_pieces
from tools.demo.composer.pieces import excited as excited_pieces
from tools.demo.composer.pieces import frustrated as frustrated_pieces
from tools.demo.composer.pieces import happy as happy_pieces
from tools.demo.composer.pieces import tense as tense_pieces
from tools.demo.composer.pieces import tired as tired_pieces

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
