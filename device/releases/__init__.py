"""Models and table in one folder: offered → planned → staged → verified → activated → confirmed, or rolled back."""
