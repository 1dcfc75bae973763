"""How a song's valence and arousal are heard.

    16 kHz sound → log_mel → patches of 187 frames → backbone (int8, model.tflite) → embedding
                 → mean over the song → head (ridge, head.npz) → valence, arousal

    music_model                     the folder of model, head and card, loaded and run: all that an analysis needs
    musicnn_original, folding, backbone, conversion
                                    from the published checkpoint to the int8 file; only these need tensorflow
    clips, head, evaluation         annotated clips, the head that is fitted on them, and how well it predicts others
    golden, parity, card, readme    what goes with a model, for runtimes and for people
    training                        all of this in its order

Whoever only analyses music loads none of what needs tensorflow.
"""
