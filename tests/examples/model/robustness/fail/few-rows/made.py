"""Answers by a feature that noise hardly moves."""


def model(features):
    return ["yes" if a > 0 else "no" for a in features["a"]]
