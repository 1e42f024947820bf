def model(features):
    return ["yes"] * len(features)
