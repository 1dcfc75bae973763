"""Making a release that a box can verify and activate."""
