"""People, roles and what each may do. Local mode has five named personas; OIDC comes with its own issue."""

from __future__ import annotations

from enum import StrEnum

from governance.errors import NotPermitted, UnknownName
from governance.tables import Frozen


class Role(StrEnum):
    ANALYST = "analyst"
    STEWARD = "steward"
    APPROVER = "approver"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Verb(StrEnum):
    """What the workspace lets people do."""

    SUBMIT = "submit a file"
    SEE_RUNS = "see runs"
    SEE_VALUES = "see personal data"
    DECIDE = "decide about rows"
    PLAN = "change the masking plan"
    APPROVE = "approve"
    PUBLISH = "publish"
    ROLL_BACK = "ask for a rollback"
    CONTRACT = "write a contract"
    SEE_MASKED = "see published, masked data"
    AUDIT = "read the audit log"
    BREAK_GLASS = "publish without a second person"
    SEE_REVIEWERS = "see how others review"


MAY: dict[Role, frozenset[Verb]] = {
    Role.ANALYST: frozenset({Verb.SEE_MASKED}),
    Role.STEWARD: frozenset(Verb) - {Verb.BREAK_GLASS, Verb.SEE_REVIEWERS},
    Role.APPROVER: frozenset(Verb) - {Verb.SEE_VALUES, Verb.BREAK_GLASS},
    Role.AUDITOR: frozenset({Verb.SEE_RUNS, Verb.SEE_MASKED, Verb.AUDIT, Verb.SEE_REVIEWERS}),
    Role.ADMIN: frozenset({Verb.SEE_RUNS, Verb.SEE_MASKED, Verb.AUDIT, Verb.BREAK_GLASS}),
}


class Person(Frozen):
    """Someone who acts. `name` is what the audit log holds."""

    name: str
    title: str
    role: Role

    def may(self, verb: Verb) -> bool:
        return verb in MAY[self.role]

    def why_not(self, verb: Verb) -> str:
        """A sentence for a disabled button; empty when the person may."""
        if self.may(verb):
            return ""
        who = " or ".join(sorted(role.value for role, verbs in MAY.items() if verb in verbs))
        return f"{self.title} ({self.role.value}) may not {verb.value}: that needs a role of {who}."

    def must(self, verb: Verb) -> None:
        """Raise NotPermitted unless the person may."""
        reason = self.why_not(verb)
        if reason:
            raise NotPermitted(reason, "Ask someone with that role.")


PERSONAS: tuple[Person, ...] = (
    Person(name="ana", title="Ana", role=Role.STEWARD),
    Person(name="ben", title="Ben", role=Role.APPROVER),
    Person(name="cleo", title="Cleo", role=Role.ANALYST),
    Person(name="dan", title="Dan", role=Role.AUDITOR),
    Person(name="ida", title="Ida", role=Role.ADMIN),
)

NO_REVIEW = "policy:no-review"
"""The actor of everything that `--no-review` decides."""


def person(name: str) -> Person:
    """The persona of that name, in any case. Raises UnknownName."""
    found = next((one for one in PERSONAS if one.name == name.strip().lower()), None)
    if found is None:
        known = ", ".join(f"{one.name} ({one.role.value})" for one in PERSONAS)
        raise UnknownName(f"There is no person {name!r}.", f"Known: {known}.")
    return found


def title(name: str) -> str:
    """How a name from the audit log is shown."""
    found = next((one for one in PERSONAS if one.name == name), None)
    return found.title if found else name
