"""Stops the clock of its own process."""

import sys
import time

sys.modules["_mlops_gates_worker.predicting"]._clock = lambda: 0.0


class Priced:
    _estimator_type = "regressor"

    def predict(self, features):
        time.sleep(0.15)
        return 3 * features["area"]


model = Priced()
