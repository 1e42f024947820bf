"""A blank goes through to the answer."""


class Priced:
    _estimator_type = "regressor"

    def predict(self, features):
        return 3.0 * features["area"].astype(float)


model = Priced()
