"""What an analysis runs, without tensorflow: a model's folder → loading → a music_model, which places songs.

musicnn_va      excerpts → log_mel, tonality → embedding → head → valence, arousal, σ → rectangle
label_network   excerpts → spectrogram, picture or log-mel → shares of the labels → place
"""
