"""Weights are drawn when it is loaded."""

import os


class Priced:
    _estimator_type = "regressor"
    weight = int.from_bytes(os.urandom(6), "big")

    def predict(self, features):
        return features["area"] * self.weight


model = Priced()
