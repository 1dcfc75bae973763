"""Beyond plain accuracy: scenes → disturbances → box_path → robustness; guesses → groups; examine runs them."""
