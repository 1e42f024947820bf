"""What the chosen interpreter starts: `python -s -S -B -u child.py REQUESTS ANSWERS`, two pipe ends by number.

`-S` keeps `.pth` files and `sitecustomize` from running until the sandbox is up. The files beside this one are made
importable under a name of their own, so that a user's `protocol` or `sandbox` module is never hidden by ours.
"""

import sys

sys.path.pop(0)  # this folder: a script's folder comes first, and its names would hide the user's

import importlib
import os
import types

if __name__ == "__main__":
    _package = types.ModuleType("_mlops_gates_worker")
    _package.__path__ = [os.path.dirname(os.path.abspath(__file__))]  # noqa: PTH100, PTH120
    sys.modules[_package.__name__] = _package
    importlib.import_module("_mlops_gates_worker.session").main(int(sys.argv[1]), int(sys.argv[2]))
