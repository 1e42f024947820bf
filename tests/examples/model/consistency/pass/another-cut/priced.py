"""A label from 0.8 on is a cut too."""


class Priced:
    _estimator_type = "classifier"
    classes_ = ("no", "yes")

    def predict(self, features):
        return ["yes" if x >= 80 else "no" for x in features["x"]]

    def predict_proba(self, features):
        return [[1 - x / 100, x / 100] for x in features["x"]]


model = Priced()
