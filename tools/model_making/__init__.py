"""From a trained network to the full int8 file that the box runs, and the proof that the two agree."""
