"""How a table's columns are described: what a column profile is, and the few scans that make one.

Values are read as text, as bronze holds them. Nothing here judges; rules and stages do.
"""
