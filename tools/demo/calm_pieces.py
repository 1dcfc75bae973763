"""Still: slow harmony, soft attacks, much room."""

from tools.demo.plan import Figure, Melody, Piece

LAKE_BEFORE_SUNRISE = Piece(
    title="Lake before Sunrise",
    octant="calm",
    tonic=2,
    mode="lydian",
    tempo=60,
    chords="Iadd9 | II/I | Imaj7 | vi7 | Iadd9",
    ring=1.2,
    loudness=-21,
    reverb=3.6,
    players=(
        Figure(
            instrument="pad",
            patterns=("x---------------",),
            centre=57,
            order="0000e",
            level=-4,
            send=0.5,
            velocity=0.4,
        ),
        Figure(
            instrument="harp",
            patterns=("r-.-1-2-3-.-2-..|r-.-2-3-4-.-3-..",),
            centre=50,
            order="0000e",
            level=-6,
            pan=0.2,
            send=0.5,
            velocity=0.35,
            looseness=0.015,
        ),
        Melody(
            instrument="flute",
            motifs={"A": "r:1 5:2 3:1 4:3 r:1", "B": "r:1 7:1.5 5:.5 3:1 1:3 r:1", "E": "r:4"},
            centre=74,
            order="A-B-E",
            level=-8,
            pan=-0.15,
            send=0.6,
            velocity=0.35,
            looseness=0.02,
        ),
    ),
)

PAPER_LANTERNS = Piece(
    title="Paper Lanterns",
    octant="calm",
    tonic=3,
    mode="major",
    tempo=66,
    chords="Iadd9 | vi7 | IVmaj7 | I/3 | IVadd9",
    ring=2.0,
    loudness=-21,
    reverb=2.6,
    players=(
        Figure(
            instrument="piano",
            patterns=("r---f---2---1---|r---f---3---2---",),
            centre=44,
            order="0000e",
            level=-5,
            pan=-0.1,
            send=0.35,
            velocity=0.32,
            looseness=0.014,
        ),
        Figure(
            instrument="strings",
            patterns=("x---------------",),
            centre=60,
            voices=3,
            order="..00e",
            level=-13,
            send=0.5,
            velocity=0.3,
        ),
        Melody(
            instrument="piano",
            motifs={"A": "5:1.5 6:.5 9:2 8:1 6:1 5:2", "B": "6:1.5 5:.5 3:2 2:1 3:.5 5:.5 3:2", "E": "r:1 5:1 9:2"},
            centre=75,
            order="A-B-E",
            level=-4,
            pan=0.1,
            send=0.4,
            velocity=0.4,
            looseness=0.018,
        ),
    ),
)

PIECES = (LAKE_BEFORE_SUNRISE, PAPER_LANTERNS)
