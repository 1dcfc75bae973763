"""The demo: a small library of music that the project composes and renders itself.

plan, catalogue   what is to be composed: harmony, motifs, patterns, and the song label each piece is meant for
composition       plan → score, pure data     (harmony, melody, figures, patterns)
synthesis         score → sound               (orchestra: plucked, keys, sustained, percussion; effects, oscillators)
library           sound → tagged ogg files, and the README beside them
"""
