"""Assay's engine: the seventeen stages, the rules, the privacy and the review. It imports no streamlit."""

__version__ = "0.1.0"

LOGIC = "1"
"""Version of what the engine computes. Raise it when the same input would give another candidate."""
