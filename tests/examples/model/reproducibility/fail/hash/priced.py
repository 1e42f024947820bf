"""Words are put into buckets by a hash that every process has its own of."""


class Priced:
    _estimator_type = "regressor"

    def predict(self, features):
        return [float(hash(word) % 1000) for word in features["kind"]]


model = Priced()
