"""Persistence: the ledger, the vault, the shelf and object stores. It imports nothing of governance."""
