"""Pure mathematics: arrays in, numbers out. Knows no other room but the vocabulary of intervals."""
