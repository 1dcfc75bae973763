"""The face model: datasets → splits → augmentation → network → training → int8 → evaluation → card."""
