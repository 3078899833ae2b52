"""The interface on a terminal: watch machines, push content, ask why.

The machines run in threads of their own, and each gives out immutable frames
(`minios.session`). What is drawn here is the newest frame of each machine. Nothing here
decides what a machine does.

    drawing/       pure: a frame and a width -> lines of text
    widgets/       lines of text -> Textual
    screens/       what a person walks through
    app.py         the application: themes, keys of every screen, screens in order
    warm_up.py     what takes long the first time, done before anybody asks
    leaving.py     the ends that come from outside

Reading order: as above. Textual is imported in `widgets`, `screens` and `app.py` only.
The same without a screen is `minios.plain`.
"""
