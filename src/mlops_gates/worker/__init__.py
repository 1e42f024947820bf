"""Runs code that is not ours in a process of its own: `client` here, `child` there, `protocol` between."""
