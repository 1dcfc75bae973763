"""Frame → face boxes (whole picture now and then) → tracked from frame to frame → 48 × 48 crop."""
