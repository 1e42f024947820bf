"""Tables in Polars, Spark and Ibis: the questions as Narwhals expressions over a lazy frame, what those lack in one seam.

Imported only by `engines.open_table`: Narwhals and the engines are packages that a default installation does not have.
"""
