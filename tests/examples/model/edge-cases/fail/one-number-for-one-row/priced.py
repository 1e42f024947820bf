"""Makes a number out of a table of one row."""


class Priced:
    _estimator_type = "regressor"

    def predict(self, features):
        return (3.0 * features["area"].fillna(0.0).astype(float)).to_numpy().squeeze()


model = Priced()
