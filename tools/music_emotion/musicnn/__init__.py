"""The published checkpoint → folded → Keras → int8, and how far they agree. Needs tensorflow."""
