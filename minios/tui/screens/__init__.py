"""What a person walks through: start, lab, and the dialogs over it."""
