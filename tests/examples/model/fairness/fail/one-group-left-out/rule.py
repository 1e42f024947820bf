"""Answers by the parity of x, of one group alone."""


class Rule:
    classes_ = ("no", "yes")

    def predict(self, features):
        return ["yes" if x % 2 and group == "b" else "no" for x, group in zip(features["x"], features["group"])]


model = Rule()
