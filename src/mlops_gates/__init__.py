"""The gate between a model and production."""

__version__ = "0.1.0"
