"""What is usual is computed from the request."""


class Priced:
    _estimator_type = "regressor"

    def predict(self, features):
        area = features["area"]
        return 200 + 3 * (area - area.mean())


model = Priced()
