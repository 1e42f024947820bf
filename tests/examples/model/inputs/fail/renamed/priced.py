"""Knows the old name."""


class Priced:
    _estimator_type = "regressor"
    feature_names_in_ = ("area", "rooms", "kind")

    def predict(self, features):
        return 3 * features["area"] + 10 * features["rooms"] + 5 * (features["kind"] == "house")


model = Priced()
