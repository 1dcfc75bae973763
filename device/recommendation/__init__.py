"""Observation → query vector → cosine with every song of the table → the nearest that can play."""
