"""How good a model is: metrics, cross-validation, judging of data sets, report and plots.

judging (a model asked about rated songs, remembered) → assessment (metrics, quadrants) → report, *_plot
"""
