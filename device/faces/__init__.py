"""Frame → face boxes (whole picture now and then) → tracked from frame to frame → square crop.

detector says what a face box is and what finds it; tracking follows faces cheaply; crop cuts what training and the box
alike show to the model. Drivers: haar (OpenCV brings it), yunet (you supply its file), simulated.
"""
