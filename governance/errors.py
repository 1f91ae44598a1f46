"""Every way in which Assay cannot answer. Bad data is not here: bad data is a finding.

GovernanceError              message, hint; exit code
├── InputError               3  what you gave cannot be used: a file, an option, a name
│   ├── UnreadableInput         the file is no table we can read
│   ├── ContractError           the contract says something impossible, with the line
│   └── UnknownName             no such dataset, run, item, version or person
├── Refused                  3  the workspace will not do this, whoever asks
│   ├── NotPermitted            this person's role may not
│   ├── FourEyes                another person must do it
│   ├── IllegalMove             not in this state; says which moves are allowed
│   └── Stale                   the candidate or the item has changed since you looked
└── EngineFault              4  ours: says whether trying again may help
    ├── TransientFault          a service or a lock; try again
    └── TerminalFault           trying again will not help
"""

from __future__ import annotations


class GovernanceError(Exception):
    """A question we could not answer. `message` names the value, `hint` says what to do next."""

    exit_code = 4

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InputError(GovernanceError):
    exit_code = 3


class UnreadableInput(InputError):
    pass


class ContractError(InputError):
    pass


class UnknownName(InputError):
    pass


class Refused(GovernanceError):
    exit_code = 3


class NotPermitted(Refused):
    pass


class FourEyes(Refused):
    pass


class IllegalMove(Refused):
    pass


class Stale(Refused):
    pass


class EngineFault(GovernanceError):
    exit_code = 4


class TransientFault(EngineFault):
    pass


class TerminalFault(EngineFault):
    pass
