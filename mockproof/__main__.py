"""`python -m mockproof` is the same as `mockproof`."""

from __future__ import annotations

import sys

from mockproof.cli import main

if __name__ == "__main__":
    sys.exit(main())
