"""Answers without scores."""


def model(features):
    return ["yes" if x % 2 else "no" for x in features["x"]]
