"""Which columns hold personal data, when nobody has said so: ours beside Presidio on every cell."""
