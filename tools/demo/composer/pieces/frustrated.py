"""Heavy and unhappy: distorted guitars low down, phrygian and locrian modes, a slow tread."""

from tools.demo.composer.music.plan import Drums, Figure, Melody, Piece

WRONG_KEY_IN_THE_LOCK = Piece(
    title="Wrong Key in the Lock",
    octant="frustrated",
    tonic=4,
    mode="phrygian",
    tempo=88,
    chords="i5 | i5 | II5 | i5 | bV5 IV5 | II5 | i5",
    ring=1.2,
    loudness=-13,
    reverb=0.9,
    players=(
        *(
            Figure(
                instrument="heavy guitar",
                patterns=("P-----P---P-P---", "P-------P-------", "P-p-P-p-P-p-P-p-"),
                centre=40,
                order="001012e",
                level=-3,
                pan=pan,
                send=0.06,
                velocity=0.75,
            )
            for pan in (-0.75, 0.75)
        ),
        Figure(
            instrument="driven bass",
            patterns=("R-----R---R-R---", "R-------R-------", "R-r-R-r-R-r-R-r-"),
            centre=28,
            order="001012e",
            level=-6,
            send=0.02,
            velocity=0.75,
        ),
        Melody(
            instrument="organ",
            motifs={
                "A": "5:1.5 b5:.5 4:1 2:1",
                "B": "8:.5 7:.5 8:.5 9:.5 8:1 b5:1",
                "C": "2:1 1:1 2:1 #3:1",
                "E": "1:4",
            },
            centre=52,
            order="..ABACE",
            level=-7,
            pan=0.1,
            send=0.25,
            velocity=0.7,
        ),
        Drums(
            patterns=(
                {"kick": "X.....x...X.....", "snare": "....X.......X...", "hat": "x...x...x...x..."},
                {"kick": "X.......X.......", "snare": "....X.......X...", "crash": "x..............."},
                {"kick": "X...X...X...X...", "snare": "....X.......X.XX", "hat": "x.x.x.x.x.x.x.x."},
            ),
            order="001012e",
            level=-4,
            send=0.1,
            velocity=0.75,
            looseness=0.004,
        ),
    ),
)

GRINDING_GEARS = Piece(
    title="Grinding Gears",
    octant="frustrated",
    tonic=2,
    mode="locrian",
    tempo=80,
    chords="i5 | II5 | i5 | bV5 | i5 | II5 | i5",
    ring=0.9,
    loudness=-13,
    reverb=1.2,
    players=(
        Figure(
            instrument="synth bass",
            patterns=("R.rr.rR.rr.rR.r.", "RrRrRrRrRrRrRrRr"),
            centre=33,
            order="000101e",
            level=-5,
            send=0.03,
            velocity=0.8,
        ),
        Figure(
            instrument="heavy guitar",
            patterns=("P-------....P-P-", "P---P---P---P-P-"),
            centre=38,
            order=".00101e",
            level=-4,
            send=0.1,
            velocity=0.8,
        ),
        Melody(
            instrument="saw lead",
            motifs={
                "A": "1:.5 1:.5 2:.5 1:.5 5:1 4:1",
                "B": "2:.5 2:.5 4:.5 2:.5 1:1 0:1",
                "E": "1:4",
            },
            centre=62,
            order=".ABAaBE",
            level=-8,
            send=0.2,
            velocity=0.7,
        ),
        Drums(
            patterns=(
                {
                    "kick": "X..x....X..x....",
                    "snare": "....X.......X...",
                    "clank": "..........x.....|..x..x..........",
                },
                {
                    "kick": "X...X...X...X...",
                    "snare": "....X.......X.XX",
                    "clank": "x...x...x...x...",
                },
            ),
            order="000101e",
            ending=("kick", "crash", "clank"),
            level=-2,
            send=0.15,
            velocity=0.75,
            looseness=0.002,
        ),
    ),
)

PIECES = (WRONG_KEY_IN_THE_LOCK, GRINDING_GEARS)
