"""Ways of masking, one a file. A policy is checked once, when it is made; it then speaks SQL for a column."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from governance.privacy.operators.generalise import Generalise
from governance.privacy.operators.keep import Keep
from governance.privacy.operators.partial import Partial
from governance.privacy.operators.pseudonym import Pseudonym
from governance.privacy.operators.redact import Redact
from governance.privacy.operators.scrub import Scrub

AnyOperator = Annotated[
    Keep | Redact | Partial | Generalise | Pseudonym | Scrub,
    Field(discriminator="kind"),
]

__all__ = ["AnyOperator", "Generalise", "Keep", "Partial", "Pseudonym", "Redact", "Scrub"]
