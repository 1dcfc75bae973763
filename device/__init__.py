"""mien, what runs on the box.

    button → camera → faces → emotion → observation → recommendation → programme → player

One package for each of these nouns, and each holds its Protocol, its logic, its drivers and its simulator:

    panel            contact → gesture; what the LED shows
    camera           open → settled frames → close
    faces            boxes → tracked from frame to frame → square crop
    emotion          labels, the valence–arousal plane, vectors; crop → probabilities
    observation      readings → seconds of each emotion
    recommendation   query → cosine → the nearest song that can play
    programme        an evening so far → the song that follows; what skips teach
    player           one song to ALSA, and how it ended

and above them what makes a box of it:

    settings         every setting and its default
    session          the state machine, the hours and the volume, and what is remembered
    releases         models and table: offered → activated → confirmed, or back
    status           how the box is asked, and how it answers
    appliance        the running box: built, run, looked over
    commands         one verb a file

A package imports only from floors below it; tests/test_architecture.py names them from the ground up.
"""
