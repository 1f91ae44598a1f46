"""Review: signatures, decisions, repairs, and the effect of a decision before it counts."""
