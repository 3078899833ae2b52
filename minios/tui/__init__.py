"""The interface on a terminal: watch machines, push content, ask why.

The machines run in threads of their own (`worker.py`); what is drawn is the newest
immutable picture of each (`frames.py`). Nothing here decides what a machine does.

    frames.py      what is shown of one machine at one moment
    status.py      what its records say of its parts
    session.py     one lab, told what to do by commands; makes the frames
    worker.py      a session in a thread of its own
    conductor.py   several sessions in step, on one virtual time
    drawing/       pure: a frame and a width -> lines of text
    widgets/       lines of text -> Textual
    screens/       what a person walks through
    warm_up.py     what takes long the first time, done before anybody asks
    leaving.py     the ends that come from outside
    plain/         the same in sentences, a line an event, for screen readers

Reading order: as above. Textual is imported in `widgets`, `screens` and `app.py` only.
"""
