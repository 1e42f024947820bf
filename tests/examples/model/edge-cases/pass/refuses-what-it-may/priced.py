"""Raises for what it does not know."""


class Priced:
    _estimator_type = "regressor"

    def predict(self, features):
        known = features["kind"].isin(["flat", "house", "loft"]).all()
        if not len(features) or not known or features.isna().any(axis=None):
            raise ValueError("what is this?")
        return 3 * features["area"] + 10 * features["rooms"] + 5 * (features["kind"] == "house")


model = Priced()
