"""Each number of threads has its own answer."""

import os


class Priced:
    _estimator_type = "regressor"

    def predict(self, features):
        return (
            int(os.environ["OMP_NUM_THREADS"])
            + 3 * features["area"]
            + 10 * features["rooms"]
            + 5 * (features["kind"] == "house")
        )


model = Priced()
