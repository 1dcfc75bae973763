"""Frames: open → settled frames → close. One driver a file; nothing is opened on import."""
