"""A model whose own importances name one feature, whatever its answers to these rows show."""


class Sum:
    feature_names_in_ = ("a", "b", "c")
    feature_importances_ = (0.9, 0.06, 0.04)

    def predict(self, features):
        return features.sum(axis=1)


model = Sum()
