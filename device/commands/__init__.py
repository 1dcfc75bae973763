"""One file for each verb of ``mien``: parse and call, nothing else.

A file whose name begins with an underscore is no verb: ``_parser`` finds the verb that was asked for and imports only
that one, so what a verb needs beyond a word to the daemon is imported where it runs.
"""

NEXT_STEP = (
    "The usual next step: mien status, then a press of the button or mien press. mien doctor says what is not well."
)
"""What ``mien`` alone says below its verbs."""
