"""The floor: import duckdb, decode and hash every column once, check nothing. Usage: decode.py TABLE"""

import sys

import duckdb

names = [row[0] for row in duckdb.execute(f"DESCRIBE SELECT * FROM '{sys.argv[1]}'").fetchall()]
hashes = ", ".join(f"bit_xor(hash({name}))" for name in names)
print(duckdb.execute(f"SELECT {hashes} FROM '{sys.argv[1]}'").fetchone())
