"""mien, what runs on the box.

button → camera → faces → emotion → observation → recommendation → player
"""
