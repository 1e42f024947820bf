"""Trains gradient boosting on a split of the churn data; the other part is what the model gate judges it on."""

from pathlib import Path

import joblib
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

NUMBERS = ["SeniorCitizen", "tenure", "MonthlyCharges"]
WORDS = [
    "gender",
    "Partner",
    "Dependents",
    "InternetService",
    "OnlineSecurity",
    "TechSupport",
    "Contract",
    "PaymentMethod",
]

table = pd.read_csv("data/telco_churn.csv")
train, test = train_test_split(table, test_size=0.3, random_state=7, stratify=table["Churn"])
encoder = make_column_transformer(
    ("passthrough", NUMBERS), (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), WORDS)
)
model = make_pipeline(encoder, HistGradientBoostingClassifier(max_iter=60, learning_rate=0.08, random_state=7))
model.fit(train[NUMBERS + WORDS], train["Churn"])
Path("models").mkdir()
joblib.dump(model, "models/model.joblib")
test.to_csv("data/test.csv", index=False)
