"""Answers what the column closed says."""


def model(features):
    return features["closed"]
