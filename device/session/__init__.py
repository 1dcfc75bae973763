"""From press to playback, pure: events and times in, commands out; and what is remembered of it.

states and events are the words; machine turns one session into the next (one function, ``advance``); evening is what it
knows of the songs, faults says which failure is which. song_choice and asked_music bring songs and wishes to it.
history, taste_file and resting_faces alone touch a file: what was observed and played, what skips have taught, and what
the household's faces read like at rest, kept through a pulled plug (kept_file reads the small ones); forgetting says
what goes again. hours and volume are folders of their own, and surroundings puts them together for the box.
"""
