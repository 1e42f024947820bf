"""Answers by the parity of x."""


class Rule:
    classes_ = ("no", "yes")

    def predict(self, features):
        return ["yes" if x % 2 else "no" for x, group in zip(features["x"], features["group"])]


model = Rule()
