"""Says yes to rows of five right words only."""


def model(features):
    return ["yes" if set(row) == {"right"} else "no" for row in features[list("abcde")].to_numpy()]
