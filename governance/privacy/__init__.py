"""Personal data: what a column holds, on what evidence, and how each column is masked.

Detectors (`by_name`, `by_value`, `by_presidio`) only gather evidence, `weigh` makes a verdict of it;
`operators/` holds one way of masking a file; `plan` is what a steward approves. No rows pass through Python:
only bounded sets of distinct values do.
"""
