"""How a song's valence and arousal are heard.

    16 kHz sound → excerpts → log_mel → backbones (int8, model.tflite) ─┐
                            → tonality (key, mode, chords) ─────────────┴→ embedding, mean over the song
                 → head (ridge, head.npz) → valence, arousal → uncertainty → σ of both → rectangle → song labels

    datasets, labels                annotated songs, however they ship, and the labels that their ratings make
    spectra, features, feature_cache, log_mel, tonality
                                    what is computed from sound
    music_model                     the folder of model, head and card, loaded and run: all that an analysis needs
    musicnn_original, folding, backbone, conversion
                                    from the published checkpoints to the int8 file; only these need tensorflow
    blocks, head, uncertainty, rectangle
                                    what is fitted on the embeddings, and how it draws a song
    golden, parity, card, readme    what goes with a model, for runtimes and for people
    training                        all of this in its order
    architectures                   the source's networks, and the table of them all
    figures_of_merit, evaluation, judging, assessment, report, pictures
                                    how good it is, in figures and in pictures

Whoever only analyses music loads none of what needs tensorflow.
"""
