"""How a song's valence and arousal are heard.

By the model that ships (the source's networks answer with the labels' shares instead):

16 kHz sound → excerpts → log_mel → backbones (int8, model.tflite) ─┐
                        → tonality (key, mode, chords) ─────────────┴→ embedding, mean over the song
             → head (ridge, head.npz) → valence, arousal → uncertainty → σ of both → rectangle → song labels

datasets        annotated songs, however they ship, and the labels that their ratings make
model           all that an analysis runs, of either kind of model; loads nothing of tensorflow
musicnn         from the published checkpoints to the int8 file; needs tensorflow
training        all of this in its order; card and readme go with the model
evaluation      how good it is, in figures and in pictures
reproduction    the source's networks, each trained and kept as a music model, and the table of them all
"""
