"""What a face reads like at rest, and readings corrected by it: eight numbers a person, at most four persons.

    ten seconds → calibration → a resting face → stored_faces ─▶ choice (whose, or nobody's) ─▶ correction ─▶ readings

All but stored_faces is pure. Nobody is recognised: only the numbers that the face model gives are compared.
"""
