"""A row's price hangs on the row."""


class Priced:
    _estimator_type = "regressor"

    def predict(self, features):
        return 3 * features["area"] + 10 * features["rooms"] + 5 * (features["kind"] == "house")


model = Priced()
