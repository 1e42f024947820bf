"""Answers by the parity of x, with probabilities near 0 and 1."""


class Parity:
    classes_ = ("no", "yes")

    def predict(self, features):
        return ["yes" if x % 2 else "no" for x in features["x"]]

    def predict_proba(self, features):
        return [[1 - p, p] for p in (0.001 + 0.998 * (x % 2) for x in features["x"])]


model = Parity()
