"""From a trained network to the full int8 file that the box runs, and the proof that the two agree.

What both models share: int8 and float_tail convert, on_device runs the result by the box's own code in a process free
of tensorflow (which this package therefore never imports by itself), progress shows a training and knows when it is
stuck; npm_weights and tfjs_graph read and run what others have trained.
"""
