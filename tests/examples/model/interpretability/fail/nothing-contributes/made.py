"""The same answer to everything."""


def model(features):
    return [0.0] * len(features)
