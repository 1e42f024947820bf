"""Where looks come from, and when an interval may be read."""
