"""One feature weighs twelve times as much as each of six others."""


def model(features):
    return 12 * features["score"] + features[list("abcdef")].sum(axis=1)
