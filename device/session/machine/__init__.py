"""The state machine of the box: a session and an event in, another session and commands out. Pure, all of it.

session is what it knows, and what every part of the machine does with it; songs is how an evening goes on; advance is
the whole, as it is drawn there; lights names what the LED shows of it.
"""
