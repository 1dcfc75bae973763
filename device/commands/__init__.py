"""One file for each verb of ``mien``: parse and call, nothing else.

A file whose name begins with an underscore is no verb: ``_parser`` finds the verb that was asked for and imports only
that one, so what a verb needs beyond a word to the daemon is imported where it runs.
"""
