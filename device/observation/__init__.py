"""Readings of 15 s → seconds of each face emotion: perception → smoothing → observation; run carries it out."""
