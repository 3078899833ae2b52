"""Lines of text -> Textual, by the line API: a file a widget, the plain ones in one."""
