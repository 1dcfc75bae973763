"""Examples → augmented batches → network → checkpoints; starts, teachers and a second opinion to learn from."""
