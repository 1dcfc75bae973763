"""On edge: fast ostinati, semitones and diminished chords, drums that do not let go."""

from tools.demo.composer.music.plan import Drums, Figure, Melody, Piece

FOOTSTEPS_BEHIND = Piece(
    title="Footsteps Behind",
    octant="tense",
    tonic=0,
    mode="phrygian",
    tempo=148,
    chords="i | i | II | i | i | i | vo7 | II | i | II | io7 | i",
    ring=0.9,
    loudness=-15,
    reverb=2.0,
    players=(
        Figure(
            instrument="strings",
            patterns=("X.x.XxX.x.xxX.xx", "XxxxXxxxXxxxXxxx"),
            centre=55,
            voices=3,
            detached=0.7,
            order="00000000111e",
            level=-3,
            pan=-0.2,
            send=0.25,
            velocity=0.65,
        ),
        Figure(
            instrument="strings",
            patterns=("R-------r---r---", "R---R---R---R-R-"),
            centre=36,
            order="..000000111e",
            level=-5,
            pan=0.3,
            send=0.25,
            velocity=0.7,
        ),
        Melody(
            instrument="brass",
            motifs={
                "A": "5:1 6:.5 5:.5 2:2",
                "B": "1:.5 2:.5 1:1 0:2",
                "C": "8:.5 8:.5 9:1 8:1 b7:1",
                "E": "1:4",
            },
            centre=60,
            order="....ABAbCBCE",
            level=-4,
            send=0.3,
            velocity=0.75,
        ),
        Drums(
            patterns=(
                {"taiko": "X.....x...X..x..", "hat": "x.x.x.x.x.x.x.x."},
                {"taiko": "X..x..X.x.X.xxXx", "snare": "gggggggggggxxxxX", "hat": "xxxxxxxxxxxxxxxx"},
            ),
            order="00000000111e",
            ending=("taiko", "crash"),
            level=-3,
            send=0.3,
            velocity=0.7,
        ),
    ),
)

SHORT_FUSE = Piece(
    title="Short Fuse",
    octant="tense",
    tonic=9,
    mode="harmonic minor",
    tempo=184,
    chords="i5 | i5 | VI5 | V5 | i5 | i5 | bII5 | V5 | i5 | i5 | VI5 | V5 | io | V5 | i5",
    ring=0.4,
    loudness=-12,
    reverb=0.9,
    players=(
        Figure(
            instrument="heavy guitar",
            patterns=("PppPppPppPppPppp",),
            centre=45,
            order="00000000000000e",
            level=-4,
            pan=-0.8,
            send=0.05,
            velocity=0.75,
        ),
        Figure(
            instrument="heavy guitar",
            patterns=("PppPppPppPppPppp",),
            centre=45,
            order="00000000000000e",
            level=-4,
            pan=0.8,
            send=0.05,
            velocity=0.75,
        ),
        Figure(
            instrument="driven bass",
            patterns=("RrRrRrRr",),
            centre=33,
            order="00000000000000e",
            level=-6,
            send=0.02,
            velocity=0.75,
        ),
        Melody(
            instrument="heavy lead",
            motifs={
                "A": "1:.5 3:.5 5:.5 8:.5 7:.5 5:.5 3:.5 2:.5",
                "B": "6:.5 8:.5 10:.5 8:.5 7:.5 9:.5 7:.5 5:.5",
                "C": "8:1 9:1 10:1 9:.5 7:.5",
                "E": "8:4",
            },
            centre=69,
            order="....AaBbAaCBcCE",
            level=-6,
            send=0.2,
            velocity=0.75,
        ),
        Drums(
            patterns=(
                {
                    "kick": "XxxxXxxxXxxxXxxx",
                    "snare": "....X.......X...",
                    "hat": "x.x.x.x.x.x.x.x.",
                    "crash": "X...............|................",
                },
                {
                    "kick": "XxxxXxxxXxxxXxxx",
                    "snare": "X.XXX.XXXXXXXXXX",
                    "low tom": "..........x.x.x.",
                },
            ),
            order="00000001000001e",
            level=-2,
            send=0.1,
            velocity=0.78,
            looseness=0.003,
        ),
    ),
)

PIECES = (FOOTSTEPS_BEHIND, SHORT_FUSE)
