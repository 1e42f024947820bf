"""Keeps every request."""


class Priced:
    _estimator_type = "regressor"

    def __init__(self):
        self.kept = []

    def predict(self, features):
        self.kept.append(b"x" * 3_000_000)
        return 3 * features["area"]


model = Priced()
