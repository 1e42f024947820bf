"""What `builders freeze` stored, beside what is rendered now."""
