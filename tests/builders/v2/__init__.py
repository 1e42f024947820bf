"""Builders of SDK v2."""
