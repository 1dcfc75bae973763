"""The source's networks for music, and the table of what they score on the owner's data.

data sets → material (songs, percentages, split) → inputs (features, scaled or drawn) → networks → fitting
          → int8, run by the box's own code (device_answers) → scores → reproduction (rows kept in a file) → table
          → network_folder: a music model like any other
"""
