"""What a lab asks a learner to try, and how that is found to be reached.

aims.py     the values: a goal, and the ways in which it can be reached
answers.py  answers to questions, read off the machines; states.py reads states
records.py  the records that are waited for, told apart from those that look alike
keeper.py   finds what was reached, record by record
table.py    the goals of each lab; table_alone.py those of labs with one machine,
            table_linux.py those of labs with Linux
"""
