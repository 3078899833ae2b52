"""minios: a computer small enough to understand and real enough to crash.

Start reading at `minios/ARCHITECTURE.md`; the folders are its chapters.
"""

__version__ = "0.1.0"
