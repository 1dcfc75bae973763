"""How a song's valence and arousal are heard.

16 kHz sound → log_mel → patches of 187 frames → backbone (int8, model.tflite) → embedding
             → mean over the song → head (ridge, head.npz) → valence, arousal

music_model         the folder of model, head and card, loaded and run: all that an analysis needs
musicnn_original, folding, backbone, conversion
                    from the published checkpoint to the int8 file (these need tensorflow, the rest does not)
clips, head, evaluation, card, training
                    from annotated clips to the fitted head and the model card
"""
