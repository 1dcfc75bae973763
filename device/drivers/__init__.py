"""One file for each real thing; each imports its own heavy library, and nobody else does."""
