"""How good a model is: metrics, cross-validation, judging of data sets, report and plots."""
