"""What a steward waits for, in a real browser: pages, cards, rows, the preview of a fix and its application."""
