"""The button and the LED: contact → gesture (short, hold 1 s, hold 5 s); light → session."""
