"""What each kind of source needs before it can be read as a table: one file per kind."""
