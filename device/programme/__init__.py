"""Song after song: wish, goal, history and time → the next song; and what skips teach. Pure, all of it.

programme (an evening as a value) → next_song (rules, goal, taste over the song table) → step
"""
