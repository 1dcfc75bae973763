"""From a folder of music to the song table.

    scan → identify (hash, tags) → duplicates → listen (excerpts → int8 network → embedding) → place → songs.sqlite

What identifying and listening find is kept in a cache beside the table. ``analysis`` holds the pipeline, ``tasks`` what
a worker does with a file, ``workers`` and ``dask_workers`` the workers, ``skipped`` lists what was left out, and
``console`` says what came of it. ``playlist`` and ``tag_writing`` use the finished table.
"""
