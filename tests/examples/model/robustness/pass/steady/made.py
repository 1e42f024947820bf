"""Answers by the mean of two features that say the same, as far as they are there."""


def model(features):
    return ["yes" if mean > 0 else "no" for mean in features[["a", "b"]].mean(axis=1)]
