"""Lines of text -> Textual, by the line API: one file a widget."""
