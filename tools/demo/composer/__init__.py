"""The composer of the demo library: two dozen short pieces, from plan to ogg file; composer is its only door.

pieces     what is to be composed: harmony, motifs, patterns, and the song label each piece is meant for
music      plan → score, pure data     (harmony, melody, accompaniment, patterns)
sound      score → sound               (oscillators, instruments, effects, mix)
library    sound → tagged ogg files; library_readme describes them
composer   all of it in order
"""
