"""Widgets that show lines of text, by Textual's line API."""
