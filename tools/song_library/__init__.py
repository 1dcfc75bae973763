"""From a folder of music to the song table.

    scan → for every file: tags, decode → excerpts → tools.music_emotion.MusicModel → emotion vector → songs.sqlite

``analysis`` holds the pipeline, ``report`` says what came of it.
"""
