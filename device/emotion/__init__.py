"""What faces and songs share: labels, the valence–arousal plane, vectors; and crop → probabilities.

labels holds the words and the places, without numpy; vectors turns rectangles in the plane into shares of the song
labels. classifier says what reads a crop; the drivers are tflite (tflite-runtime or LiteRT) and simulated.
"""
