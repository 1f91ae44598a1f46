"""A file before its run: how it would be read, and which dataset it seems to belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from governance.answers import runs
from governance.bench import Bench
from governance.errors import UnknownName
from governance.house import House
from governance.people import Person, Verb
from governance.reading.choice import NOTHING, ReadingChoice
from governance.reading.parts import bytes_of, files_of, same_columns
from governance.reading.preview import Preview, preview
from governance.tables import Frozen

LIKELY = 0.5
LOOKED_AT = 12
"""Of many files, how many are looked at before the run."""


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

    def preview(
        self,
        person: Person,
        input_digest: str,
        expected: tuple[str, ...] = (),
        *,
        choice: ReadingChoice = NOTHING,
    ) -> Preview:
        """The reading and first rows of bytes in the vault; no rows for who may not see values.

        Raises UnreadableInput when they are no table, InputError when the choice cannot be meant of them,
        UnknownName when the vault has none such.
        """
        person.must(Verb.SUBMIT)
        path = self.house.bench.vault.raw(input_digest)
        if not input_digest.isalnum() or not path.is_file():
            raise UnknownName("The vault does not have that file.", "Choose the file again.")
        seen = look_at(self.house.bench, input_digest, expected, choice)
        return seen if person.may(Verb.SEE_VALUES) else seen.model_copy(update={"rows": ()})

    def guesses(self, columns: Sequence[str]) -> tuple[Guess, ...]:
        """Every dataset by how well its contract's columns fit these, best first."""
        lines = runs.Asked(self.house).datasets()
        guessed = [_guess(line.name, line.columns, columns) for line in lines]
        return tuple(sorted(guessed, key=lambda guess: -guess.share))


@lru_cache(maxsize=64)
def look_at(
    bench: Bench, input_digest: str, expected: tuple[str, ...] = (), choice: ReadingChoice = NOTHING
) -> Preview:
    """The preview of bytes in the vault: the same bytes and choice have the same one. Of many files it is the
    first one's, and what they have in common is checked on as many as can be looked at in a moment."""
    path = bench.vault.raw(input_digest)
    files = files_of(path)
    with bench.engine() as engine:
        if not files:
            return preview(path, engine=engine, expected=expected, choice=choice)
        paths = [bytes_of(bench, file) for file in files]
        first = preview(paths[0], engine=engine, expected=expected, choice=choice)
        columns = first.reading.columns
        for file, one in zip(files[1:LOOKED_AT], paths[1:LOOKED_AT], strict=True):
            other = preview(one, engine=engine, expected=expected or columns, choice=choice)
            same_columns(file.file, other.reading.columns, files[0].file, columns)
    size = sum(file.size for file in files)
    doubts = (
        f"{len(files):,} files are read as one table; these are rows of {files[0].file}.",
        *first.reading.doubts,
    )
    rows = round(first.estimated_rows * size / max(1, first.size))
    reading = first.reading.model_copy(update={"doubts": doubts})
    return first.model_copy(update={"reading": reading, "size": size, "estimated_rows": rows})


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
