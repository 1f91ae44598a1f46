"""Rules: each a small frozen class that is true on the bad row. They use only the words of `rules.sql`."""
