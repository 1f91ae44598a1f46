"""A file before its run: how it would be read, and which dataset it seems to belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from governance.answers import runs
from governance.errors import UnknownName
from governance.house import House
from governance.people import Person, Verb
from governance.reading.preview import Preview, preview
from governance.tables import Frozen

LIKELY = 0.5


class Guess(Frozen):
    """A dataset that a file may belong to. `share` of the columns of both that they have in common, 0–1."""

    dataset: str
    share: float
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    reason: str

    @property
    def likely(self) -> bool:
        return self.share >= LIKELY


@dataclass(frozen=True)
class Asked:
    house: House

    def preview(self, person: Person, input_digest: str, expected: tuple[str, ...] = ()) -> Preview:
        """The reading and first rows of bytes in the vault; no rows for who may not see values.

        Raises UnreadableInput when they are no table, UnknownName when the vault has none such.
        """
        person.must(Verb.SUBMIT)
        path = self.house.bench.vault.raw(input_digest)
        if not input_digest.isalnum() or not path.is_file():
            raise UnknownName("The vault does not have that file.", "Choose the file again.")
        with self.house.bench.engine() as engine:
            seen = preview(path, engine=engine, expected=expected)
        return seen if person.may(Verb.SEE_VALUES) else seen.model_copy(update={"rows": ()})

    def guesses(self, columns: Sequence[str]) -> tuple[Guess, ...]:
        """Every dataset by how well its contract's columns fit these, best first."""
        lines = runs.Asked(self.house).datasets()
        guessed = [_guess(line.name, line.columns, columns) for line in lines]
        return tuple(sorted(guessed, key=lambda guess: -guess.share))


def _guess(dataset: str, promised: Sequence[str], columns: Sequence[str]) -> Guess:
    ours = {name.strip().casefold(): name for name in promised}
    theirs = {name.strip().casefold(): name for name in columns}
    both = len(ours.keys() & theirs.keys())
    return Guess(
        dataset=dataset,
        share=both / len(ours.keys() | theirs.keys()) if ours or theirs else 0.0,
        missing=tuple(name for key, name in ours.items() if key not in theirs),
        extra=tuple(name for key, name in theirs.items() if key not in ours),
        reason=f"{both:,} of the {len(ours):,} columns that {dataset} promises are in the file",
    )
