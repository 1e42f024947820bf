"""Report formats: one file per format, `render(report, …) -> str`, pure and deterministic.

Reporters only render: they do not judge, do not know the CI host and open no file. Equal reports give byte-equal text.
A message may contain a hostile column name, so each format escapes for itself.
"""
