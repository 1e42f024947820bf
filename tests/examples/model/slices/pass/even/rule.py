"""Answers by the parity of x."""


class Rule:
    classes_ = ("no", "yes")

    def predict(self, features):
        rows = zip(features["x"], features["shop"], features["kind"])
        return ["yes" if x % 2 else "no" for x, shop, kind in rows]


model = Rule()
