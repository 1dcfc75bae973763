"""The main loop of the running box, and what carries out its commands.

    appliance (asked from any thread) → main_loop (one thread, owns the session) → camera_use, music, recovery, journal

messages is what is posted to the loop, parts what the composition root builds it of. music plays songs and chimes;
camera_use observes, aims, calibrates and looks whether the camera works; recovery notices parts that fail or work
again; journal writes log and history; press_latencies keeps how long after a press each thing happened.
"""
