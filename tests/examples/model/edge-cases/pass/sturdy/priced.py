"""Answers whatever comes."""

import pandas


class Priced:
    _estimator_type = "regressor"

    def predict(self, features):
        area = pandas.to_numeric(features["area"], errors="coerce").fillna(0.0)
        return (3 * area).clip(-1e6, 1e6)


model = Priced()
