"""Native code reads the first row."""

import os


class Priced:
    _estimator_type = "regressor"

    def predict(self, features):
        if not len(features):
            os.abort()
        return 3 * features["area"] + 10 * features["rooms"] + 5 * (features["kind"] == "house")


model = Priced()
