"""Nulls become -999 before a sum."""


def model(features):
    return ["yes" if total > 0 else "no" for total in features[["a", "b", "c", "d", "e"]].fillna(-999).sum(axis=1)]
