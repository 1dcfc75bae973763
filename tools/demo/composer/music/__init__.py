"""A piece as written → a score: harmony, melody, accompaniment, patterns."""
