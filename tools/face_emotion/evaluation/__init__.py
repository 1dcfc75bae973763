"""Figures by label, calibration and pictures of a finished model: measuring → metrics, calibration → report."""
