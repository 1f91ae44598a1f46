"""Outliers, dates out of range, and drift against the last version: figures only, drawn elsewhere.

Findings say counts, shares and fences, never the value of a cell.
"""
