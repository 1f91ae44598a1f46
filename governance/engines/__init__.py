"""Engines that run SQL over Parquet. Only this folder imports duckdb (or, later, pyspark)."""
