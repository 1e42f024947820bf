"""Any tabular source: what may be asked of it, the one scan that answers, the lines of its rows."""
