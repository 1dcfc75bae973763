"""From a folder of music to the song table.

    scan → identify (hash, tags) → duplicates → listen (excerpts → int8 network → embedding) → draw → songs.sqlite

What identifying and listening find is kept in a cache beside the table. ``analysis`` holds the pipeline, ``listening``
what a worker does with a file, ``workers`` and ``cluster`` the workers, ``report`` says what came of it.
"""
