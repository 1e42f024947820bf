"""A sum of weights 1.05, 2 and 1; the fourth feature is not used."""


def model(features):
    return 1.05 * features["a"] + 2 * features["b"] + features["c"]
