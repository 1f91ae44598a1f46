"""How a contract is drafted: gather evidence, suggest, write it down, try it on the file it came from."""
