"""mien, what runs on a workstation: training, conversion, music analysis, releases.

    audio            file → tags, hash, excerpts, spectra
    face_emotion     labelled faces → network → int8 model, card
    music_emotion    rated songs → embeddings → valence and arousal; the source's networks
    model_making     what both models share: int8, parity, progress
    plots            pictures of songs, labels and models
    song_library     a folder of music → the song table, playlists, tags
    library_report   a song table → a page to look at
    fleet            a release and music → one box or forty
    demo             the whole box on one machine; the music that the project composes
    commands         one verb of ``mien-tools`` a file

``tools`` imports ``device``, never the reverse, and what trains and what runs call the same functions for crop, vectors
and log-mel.
"""
