"""A description of every column, from the same Parquet file: ours beside a query by hand and a report library."""
