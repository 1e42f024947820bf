"""An attribute of an attribute, on a Parquet file."""


class Rules:
    @staticmethod
    def model(features):
        return (features["height"] > 1.8).astype(int)
