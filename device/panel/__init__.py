"""The button and the LED: contact → gesture (short, hold 1 s, hold 5 s); the session's light → LED; a knob → clicks.

panel says what a panel does, knob what a knob or two buttons for the volume do; gestures reads presses without a clock
of its own. Drivers: gpiozero (the Pi's lines), file (a file in place of the LED), simulated (levers in place of a
finger).
"""
