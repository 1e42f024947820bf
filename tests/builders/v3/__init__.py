"""Builders of SDK v3."""
