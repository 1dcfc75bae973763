"""What the time asks of the box: to be quiet by night, to fall silent or switch off when nobody is there.

quiet_hours goes by the wall clock, which wall_clock reads and doubts; rest goes by spans of a clock that never leaps.
hours puts the two first together for whoever asks.
"""
