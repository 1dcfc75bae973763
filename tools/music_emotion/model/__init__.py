"""What an analysis runs, without tensorflow: excerpts → log-mel and tonality → embedding → head → valence, arousal,
σ."""
