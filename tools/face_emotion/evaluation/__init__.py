"""Figures by label, intervals, calibration and pictures of a finished model: measuring → metrics, resampling → report."""
