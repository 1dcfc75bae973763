"""All pieces of the demo library, clockwise round the plane."""

from tools.demo.composer.pieces import calm, content, depressed, excited, frustrated, happy, tense, tired

PIECES = (
    *frustrated.PIECES,
    *tense.PIECES,
    *excited.PIECES,
    *happy.PIECES,
    *content.PIECES,
    *calm.PIECES,
    *tired.PIECES,
    *depressed.PIECES,
)
"""Every piece, at least two for each song label."""
