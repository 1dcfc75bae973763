"""Every setting, its default and its sentence; read from TOML with every mistake at once.

sections holds the defaults, and nothing else in the tree does; schema knows the keys. config_file lays a settings file
over the defaults and says where each value came from; statements and mistakes say what is wrong with one. listing
prints the settings, editing changes a line of the file, and loaded notices that the file was changed since.
"""
