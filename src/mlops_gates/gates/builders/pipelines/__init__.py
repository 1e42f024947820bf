"""Pipeline definitions: their words, their expressions, what waits for what, and the rules of their form."""
