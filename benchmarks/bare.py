"""The floor of `run data`: import duckdb, one hand-written query of the same 60 rules, nothing else."""

import duckdb

NUMBERS = [f"f{place}" for place in range(1, 7)] + [f"i{place}" for place in range(1, 6)] + ["id"]
WORDS = [f"c{place}" for place in range(1, 5)]
EVERY = [*NUMBERS, *WORDS, "key", "moment", "flag", "target"]

rules = ["count(*)", "count(DISTINCT key)", "count(*) FILTER (NOT regexp_matches(key, '^K[0-9]{9}$'))"]
rules += [f"count(*) FILTER ({name} IS NULL)" for name in EVERY]
rules += [f"typeof(any_value({name}))" for name in EVERY]
rules += [f"count(*) FILTER (NOT {name} BETWEEN 0 AND 1000000)" for name in NUMBERS]
rules += [f"count(*) FILTER ({name} NOT IN ('red', 'green', 'blue'))" for name in WORDS]
rules += ["count(*) FILTER (target NOT IN (0, 1))"]
rules += ["count(*) FILTER (NOT moment BETWEEN TIMESTAMP '2026-01-01' AND TIMESTAMP '2028-01-01')"]
print(duckdb.execute(f"SELECT {', '.join(rules)} FROM 'table.parquet'").fetchone())
