"""Takes an array, and the reference has its columns in the same order."""


class Priced:
    _estimator_type = "regressor"
    n_features_in_ = 2

    def predict(self, features):
        return 3 * features[:, 0] + 10 * features[:, 1]


model = Priced()
