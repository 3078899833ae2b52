"""Pure functions: a frame, a width, a height -> lines of spans. No Textual here."""
