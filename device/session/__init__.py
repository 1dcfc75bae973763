"""From press to playback, pure: events and times in, commands out; and what is remembered of it.

states and events are the words, session is the machine (one function, ``advance``), faults says which failure is which.
history alone touches a file: what was observed and played, kept through a pulled plug; forgetting says what goes again.
"""
