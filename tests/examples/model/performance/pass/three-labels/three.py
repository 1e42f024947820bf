"""x modulo 3, one answer in ten wrong, without a positive label."""


class Three:
    classes_ = ("a", "b", "c")

    def predict(self, features):
        return ["abc"[x % 3 if x % 10 else (x + 1) % 3] for x in features["x"]]

    def predict_proba(self, features):
        said = self.predict(features)
        return [[0.8 if one == word else 0.1 for word in "abc"] for one in said]


model = Three()
