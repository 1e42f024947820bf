"""Answers with noise of its own, so that nothing explains them."""

import numpy as np


def model(features):
    return features["a"] + np.random.default_rng().normal(0, 0.1, len(features))
