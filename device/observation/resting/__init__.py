"""What a face reads like at rest, and readings corrected by it: eight numbers a person, at most four persons.

    ten seconds → calibration → a resting face, kept by session's resting_faces ─▶ choice (whose, or nobody's)
                                                                    readings ─▶ correction ─▶ corrected readings

All of it is pure. Nobody is recognised: only the numbers that the face model gives are compared.
"""
