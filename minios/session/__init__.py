"""A lab in use: several machines under one clock, given orders, remembered, replayed.

Whoever uses a lab for longer than one test does it here: the interface, plain mode,
lessons, the fleet, a debugger. No terminal is needed, and none is imported.

    orders.py       what a machine can be told: one vocabulary for all who ask
    session.py      one machine that obeys orders and shows itself in frames
    frames.py       what is shown of one machine at one moment
    status.py       what its records say of its parts
    history.py      its records, as many as are kept; its snapshots, to go back to
                    (labels.py names them); chronicle.py writes it while a machine runs
    counting.py     how often the rings were crossed
    running.py      how it runs until there is something to stop at
    stopping.py     what there is to stop at, and the ways to start again
    worker.py       a session in a thread of its own
    slow_pass/      one event followed step by step
    rooms.py        who is where in the building of rings; passages.py tells crossings
    conductor.py    several sessions in step, on one virtual time (machines.py); where
                    it stops and why: pausing.py; without a pace: flat_out.py
    waits.py        how long there is nothing to do but wait; going_back.py: the moments
                    to go back to; decisive.py: where the first lab stops by itself
    paces.py        how fast that time goes by on the screen
    timeline.py     the records of all machines in one list
    script.py       a run step by step, with the moments at which each step ended
    recording.py    what was given to the machines, as a file; playing it again
    goals/          what a lab asks a learner to try, and what of it was reached
    catalogue.py    the labs that are offered
    sensor_forms.py a lab in which the sensor has another form
    own_plugins.py  a lab with plugins of a learner
    files.py        what a visit of a lab reads and writes on the host
    looking.py      what is read off a machine that stands still: tables.py, doors.py
                    (the ways between the rings), addresses.py, places.py
    panes/          the same in sentences, for a listener; spoken.py: their words
    serial_lines.py what it wrote to its serial port, as a terminal shows it
    explained.py    which explanation is shown; dumps.py: what crashes left on the disk
    committing.py   crimes that are committed in a lab, and how they ended
    protection.py   how long each machine was without a sensor
    desk.py         content files, shipped or in the making

Reading order: as above.
"""
