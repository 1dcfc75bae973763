"""mien, what runs on a workstation: training, conversion, music analysis, releases.

Every verb of ``mien-tools`` is a module of ``tools.commands``.
"""
