"""Readings of 15 s → seconds of each face emotion: perception → smoothing → observation; run carries it out.

    frame → perception (faces, crop, probabilities, light) → smoothing (which label gets the time) → observation

A reading is corrected first by a resting face, if one is kept: corrected, and the package resting. All but run is pure:
time comes with the frames. run opens the camera, keeps the one thread in which every observation is carried out, and
closes the camera again.
"""
