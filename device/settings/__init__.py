"""Every setting, its default and its sentence; read from TOML with every mistake at once."""
