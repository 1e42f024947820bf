"""The gates, one room each; they do not know each other."""
