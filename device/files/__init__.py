"""Files and words of others: written whole or not at all, taken in safely, and refused with the reason.

What every floor stands on; nothing in it knows what mien does.
"""
