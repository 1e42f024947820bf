"""Answers by the parity of x, and in one shop always no."""


class Rule:
    classes_ = ("no", "yes")

    def predict(self, features):
        rows = zip(features["x"], features["shop"], features["kind"])
        return ["yes" if x % 2 and shop != "west" else "no" for x, shop, kind in rows]


model = Rule()
