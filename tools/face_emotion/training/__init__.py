"""Examples → augmented batches → network → checkpoints; teachers and dlib weights for the large one."""
