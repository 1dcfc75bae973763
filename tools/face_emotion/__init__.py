"""The face model: datasets → training → int8 → evaluation → card.

datasets      labelled faces in every form they ship in, split by person
training      augmentation, networks, teachers, checkpoints
evaluation    figures by label, calibration, pictures
pipeline      all of it in its order; conversion, golden, card and readme are what goes with a model
remeasuring   a finished model measured anew for its card
reproduction  the source's network on CK+, split three ways and in folds; its tables and page
prediction    a finished model asked about pictures
"""
