"""Every setting, its default and its sentence; read from TOML with every mistake at once.

sections holds the defaults, and nothing else in the tree does; config_file lays a settings file over them and says
where each value came from.
"""
