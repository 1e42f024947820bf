"""A sum of weights 3, 2 and 1; the fourth feature is not used."""


def model(features):
    return 3 * features["a"] + 2 * features["b"] + features["c"]
