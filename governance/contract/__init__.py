"""Contracts: ODCS v3.1 in, and the engine's own small model of what it promises."""
