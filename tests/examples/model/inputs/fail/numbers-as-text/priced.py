"""A currency sign."""


class Priced:
    _estimator_type = "regressor"
    feature_names_in_ = ("area", "rooms", "kind")

    def predict(self, features):
        return features["rooms"] * 1.0


model = Priced()
