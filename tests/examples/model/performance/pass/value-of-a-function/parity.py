"""Answers by the parity of x, with probabilities of a quarter and three quarters."""


class Parity:
    classes_ = ("no", "yes")

    def predict(self, features):
        return ["yes" if x % 2 else "no" for x in features["x"]]

    def predict_proba(self, features):
        return [[1 - p, p] for p in (0.25 + 0.5 * (x % 2) for x in features["x"])]


model = Parity()
