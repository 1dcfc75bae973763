"""Two dozen pieces, one file an octant of the plane."""
