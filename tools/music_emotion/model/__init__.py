"""What an analysis runs, without tensorflow: excerpts → log-mel, tonality → embedding → head → valence, arousal, σ."""
