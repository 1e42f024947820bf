"""Answers by the parity of x, turned round for new things of one shop."""


class Rule:
    classes_ = ("no", "yes")

    def predict(self, features):
        rows = zip(features["x"], features["shop"], features["kind"])
        return ["yes" if (x % 2 == 1) != (shop == "west" and kind == "new") else "no" for x, shop, kind in rows]


model = Rule()
