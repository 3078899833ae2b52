"""The interface in a terminal: watch machines, push content, ask why.

The machines run in threads of their own. Each gives out immutable frames
(`minios.session`), and this package draws the newest frame of each machine. Nothing
here decides what a machine does.

    drawing/       pure functions: a frame and a width -> lines of text
    widgets/       lines of text -> Textual
    pages/         the pages of the inspector, found by themselves
    screens/       the screens and dialogs
    app.py         the application: themes, keys for every screen, order of screens
    warm_up.py     do slow work before the user needs it
    leaving.py     end at a signal, or when the terminal is gone

Read them in this order. Textual is imported in `widgets`, `pages`, `screens` and
`app.py` only.
Plain mode, the same without a screen, is in `minios.plain`.
"""
