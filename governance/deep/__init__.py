"""The deep report: fg-data-profiling on a sample of the kept rows, made by the worker when somebody asks for it.

It shows values, so it is for those who may see them, and stays in the vault.
"""
