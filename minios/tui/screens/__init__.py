"""The screens: the start screen, the lab, and the dialogs over them."""
