"""The calls that a target makes, in their order; sent to a stand-in, or looked up in the user's account."""
