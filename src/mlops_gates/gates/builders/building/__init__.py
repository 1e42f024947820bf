"""Builders are built and asked in workers, definitions are read, and what came of it is judged."""
