"""One file for each verb of ``mien-tools``: parse and call, nothing else."""
