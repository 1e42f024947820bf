def model(features):
    return ["maybe"] * len(features)
