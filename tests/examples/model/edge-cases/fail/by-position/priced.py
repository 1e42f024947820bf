"""Trusts the order of the columns."""


class Priced:
    _estimator_type = "regressor"

    def predict(self, features):
        values = features.to_numpy()
        return 3.0 * values[:, 0] + values[:, 1]


model = Priced()
