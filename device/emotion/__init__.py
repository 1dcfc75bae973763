"""What faces and songs share: labels, the valence–arousal plane, vectors; and crop → probabilities."""
