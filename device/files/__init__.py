"""Files written whole or not at all, files and words of others taken in safely, and why a file is refused.

What every floor stands on; nothing in it knows what mien does.
"""
