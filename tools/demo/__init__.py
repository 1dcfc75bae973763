"""Showing the whole box on one machine, and the short sounds that it makes."""
