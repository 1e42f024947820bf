"""Draws from the global generator."""

import random


class Priced:
    _estimator_type = "regressor"

    def predict(self, features):
        return random.random() + 3 * features["area"] + 10 * features["rooms"] + 5 * (features["kind"] == "house")


model = Priced()
