"""Pure drawing: a frame, a width, a height -> lines of spans. No Textual in here."""
