"""Draws with a seed of its own."""

import random


class Priced:
    _estimator_type = "regressor"

    def predict(self, features):
        noise = random.Random(7).random()
        return noise + 3 * features["area"] + 10 * features["rooms"] + 5 * (features["kind"] == "house")


model = Priced()
