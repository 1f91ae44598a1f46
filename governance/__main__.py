"""`python -m governance …`"""

from __future__ import annotations

import sys

from governance.cli import main

if __name__ == "__main__":
    sys.exit(main())
