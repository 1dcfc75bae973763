"""One file for each verb of ``mien``: parse and call, nothing else."""
