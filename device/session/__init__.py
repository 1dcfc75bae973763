"""From press to playback, pure: events and times in, commands out; and what is remembered of it.

states and events are the words, session is the machine (one function, ``advance``), faults says which failure is which.
history and resting_faces alone touch a file: what was observed and played, and what the household's faces read like at
rest, kept through a pulled plug; forgetting says what goes again.
"""
