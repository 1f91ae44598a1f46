"""Load, twenty rules with all reasons, split: ours beside what people would pick instead, on the same file.

Everyone reads the CSV as text, judges each value as it was read, and writes the kept and the failing rows as two
Parquet files, the failing ones with all their reasons where the tool can say them. `contract.yaml` holds the rules.
The two rules by which ours tells a date that could be two days from one that is no day are one check elsewhere, so
the others have eighteen checks; the failing rows and the number of reasons are the same.
"""
