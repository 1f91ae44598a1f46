"""From raw bytes to a bronze table: what the file is, how it is written, and every record of it.

`dialect` finds out how a file is written, `preview` shows it, `records` reads it. Nothing here knows of
contracts or rules, and nothing here changes a value: an empty field is NULL, all else is kept as text.
"""
