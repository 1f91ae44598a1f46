"""The unexpected last column `notes` of customers: ordinary short remarks, and personal data in a few."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from governance.sample.pools import Batch, join, people, phones, pick, texts

NOTED = 0.6
"""Share of the rows that have a remark at all."""
PERSONAL = 0.02
"""Share of the rows whose remark holds an SSN, an e-mail or a phone number."""
REMARKS = (
    "prefers e-mail",
    "prefers to be called after five",
    "asked for a paper statement",
    "moved in spring, address confirmed",
    "complained about a late transfer",
    "wants to close the savings account",
    "new card sent",
    "documents complete",
    "waiting for proof of income",
    "visited the branch",
    "very satisfied",
    "asked about a mortgage",
    "limit raised",
    "no answer, try again next week",
    "speaks Spanish",
    "joint account with spouse",
)
SSN = ("called, SSN ", "verified by SSN ", "SSN on file: ")
EMAIL = ("write to ", "new address is ", "cc spouse ")
PHONE = ("call back at ", "new number ", "reach at work: ")


def notes(batch: Batch) -> pa.Array:
    """One remark a row, or none."""
    weights = (*[NOTED / len(REMARKS)] * len(REMARKS), 1 - NOTED)
    plain = pick(batch.rng, (*REMARKS, None), batch.count, weights=weights)
    personal = batch.rng.random(batch.count) < PERSONAL
    told = _personal(replace(batch, count=int(personal.sum())))
    return pc.replace_with_mask(plain, pa.array(personal), told)


def _personal(batch: Batch) -> pa.Array:
    rng, count = batch.rng, batch.count
    return pc.choose(
        pa.array(rng.integers(3, size=count)),
        join(pick(rng, SSN, count), _ssn(rng, count)),
        join(pick(rng, EMAIL, count), people(batch)["email"]),
        join(pick(rng, PHONE, count), phones(rng, count)),
    )


def _ssn(rng: np.random.Generator, count: int) -> pa.Array:
    """Numbers as the Social Security Administration could have given out: area 100–665, no block of zeros."""
    blocks = ((100, 666, 3), (1, 100, 2), (1, 10_000, 4))
    area, group, serial = (
        pc.utf8_lpad(texts(rng.integers(low, high, size=count)), width, "0") for low, high, width in blocks
    )
    return join(area, "-", group, "-", serial)
