"""Readings of 15 s → seconds of each face emotion, and a place: perception → smoothing → observation; run does it.

    frame → perception (faces, crop, probabilities, light) → smoothing (which label gets the time) → observation
                                                           → plane_place (all that they say)      →

All but run is pure: time comes with the frames. run opens the camera, keeps the one thread in which every observation
is carried out, and closes the camera again.
"""
