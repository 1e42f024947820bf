"""What AWS would receive, and what is asked of it anywhere: its parts, values, places and secrets."""
