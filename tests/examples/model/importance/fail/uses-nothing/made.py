"""The same answer to everything."""


def model(features):
    return ["yes"] * len(features)
