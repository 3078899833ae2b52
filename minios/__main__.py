"""`python -m minios` is `minios`."""

from __future__ import annotations

import sys

from minios.cli import main

if __name__ == "__main__":
    sys.exit(main())
