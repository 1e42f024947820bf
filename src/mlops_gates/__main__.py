"""`python -m mlops_gates`"""

from mlops_gates.cli import process

process()
