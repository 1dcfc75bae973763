"""One song at a time to ALSA through libvlc, and how it ended; chimes between."""
