"""Figures by label, intervals, calibration and pictures of a model: measuring → metrics, resampling → report."""
