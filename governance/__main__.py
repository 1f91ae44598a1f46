"""`python -m governance …`"""

from __future__ import annotations

import sys
import warnings

from governance.cli import main

if __name__ == "__main__":
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # what libraries warn each other of is not for who types a command
    sys.exit(main())
