"""Single rows are computed in 32-bit floats."""


class Priced:
    _estimator_type = "regressor"

    def predict(self, features):
        kind = "float32" if len(features) == 1 else "float64"
        return (3 * features["area"].astype(kind) + 0.1).astype(float)


model = Priced()
