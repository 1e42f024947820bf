"""A function of the features."""


def tall(features):
    assert list(features.columns) == ["height"], "neither the label nor the dropped column may arrive"
    return features["height"] > 1.8
