def modell(features):
    return features
