"""From press to playback, pure: events and times in, commands out; and what is remembered of it."""
