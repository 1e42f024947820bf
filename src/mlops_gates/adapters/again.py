"""Errors of outside systems that say whether the same call may succeed later."""

from __future__ import annotations

from mlops_gates.errors import CheckError


class Passing(CheckError):
    """May pass by itself: throttled, broken off, busy with something else."""


class Expired(CheckError):
    """The credentials have expired; newly read ones may be good."""
