"""Pictures of songs, labels and models as PNG files: one module a kind, each function drawing arrays to a path.

They are made for a phone held upright (1,080 pixels wide, no letter below 10 pt) and for the colour-blind: cividis for
quantities, Okabe and Ito's colours for kinds, and never colour alone. Every function returns the figure it has written.
"""
