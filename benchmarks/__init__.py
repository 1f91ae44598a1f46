"""Speed, memory and correctness, measured in one run: `make bench` writes benchmarks/RESULTS.md.

Each measured thing is one small file with `TITLE`, `DELIVERS` and `run`; `measure` runs it in a process of its own.
"""
