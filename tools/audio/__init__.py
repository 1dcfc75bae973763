"""A music file → tags, hash of its sound, excerpts, spectra. Knows neither models nor libraries."""
