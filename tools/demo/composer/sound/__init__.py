"""A score → sound: oscillators, instruments, effects, mix."""
