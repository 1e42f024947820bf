"""The tables that defects are planted in: made, not stored, and the same on every machine for the same `now`.

`customers(seed, now)` is a churn table of a telephone company, 2,000 rows; two seeds are two samples of one population.
`usage(now)` is a log of readings in the order of time. Every cell is text. Dates hang on `now`, because freshness does.
"""

from __future__ import annotations

import math
import random
import string
from datetime import datetime, timedelta

Rows = list[dict[str, str]]

COUNT = 2_000
CITIES = {"Köln": 5, "München": 4, "Zürich": 3, "Malmö": 3, "León": 2, "Gent": 2, "Århus": 1}
PAYMENTS = {"Electronic check": 34, "Mailed check": 23, "Bank transfer": 22, "Credit card": 21}
CONTRACTS = {"Month-to-month": 55, "One year": 21, "Two year": 24}
INTERNET = {"Fiber optic": 44, "DSL": 34, "No": 22}
_BASE = {"Fiber optic": 70.0, "DSL": 45.0, "No": 20.0}


def customers(seed: int, now: datetime) -> Rows:
    """One sample of the population, in no particular order; no two seeds share a key."""
    dice = random.Random(seed)
    keys = dice.sample(range(10_000 // 4), COUNT)
    return [_customer(dice, f"{key * 4 + seed % 4:04d}-{_letters(dice)}", now) for key in keys]


def _customer(dice: random.Random, key: str, now: datetime) -> dict[str, str]:
    internet, contract = _one_of(dice, INTERNET), _one_of(dice, CONTRACTS)
    longest = {"Month-to-month": 1.6, "One year": 0.7, "Two year": 0.4}[contract]
    tenure = min(72, int(73 * dice.random() ** longest))
    phone = dice.random() < 0.9
    lines = dice.random() < 0.47
    monthly = _BASE[internet] + 30 * dice.random() * (internet != "No") + 5 * phone + 5 * (phone and lines)
    total = max(monthly, tenure * monthly * dice.uniform(0.93, 1.07))
    partner = dice.random() < 0.48
    chance = 1.4 * (internet == "Fiber optic") + 1.6 * (contract == "Month-to-month") - 0.035 * tenure - 1.9
    signup = now - timedelta(days=30.4 * tenure + dice.uniform(1, 30))
    return {
        "customerID": key,
        "gender": _one_of(dice, {"Female": 1, "Male": 1}),
        "SeniorCitizen": str(int(dice.random() < 0.16)),
        "Partner": _yes(partner),
        "Dependents": _yes(dice.random() < (0.5 if partner else 0.1)),
        "tenure": str(tenure),
        "PhoneService": _yes(phone),
        "MultipleLines": _yes(lines) if phone else "No phone service",
        "InternetService": internet,
        "Contract": contract,
        "PaymentMethod": _one_of(dice, PAYMENTS),
        "city": _one_of(dice, CITIES),
        "MonthlyCharges": f"{monthly:.2f}",
        "TotalCharges": f"{total:.2f}" if tenure or dice.random() < 0.9 else "",  # not billed yet
        "signup": f"{signup:%Y-%m-%d}",
        "updated_at": f"{now - timedelta(minutes=dice.randrange(60, 30 * 1440)):%Y-%m-%dT%H:%M:%SZ}",
        "email": f"{_letters(dice).lower()}.{key[:4]}@mail.example",
        "Churn": _yes(dice.random() < 1 / (1 + math.exp(-chance))),
    }


def usage(now: datetime, customers_: Rows) -> Rows:
    """Readings of 250 customers over four months, oldest first, the newest an hour old."""
    dice = random.Random(5)
    readings: Rows = []
    months = ["2025-01", "2025-02", "2025-03", "2025-04"]
    asked = [(month, one["customerID"]) for month in months for one in customers_[:250]]
    for number, (month, key) in enumerate(asked, 1):
        at = now - timedelta(hours=1, minutes=7 * (len(asked) - number))
        readings.append(
            {
                "reading": str(number),
                "event_id": f"{dice.getrandbits(32):08x}-{dice.getrandbits(16):04x}-4{dice.getrandbits(12):03x}-"
                f"8{dice.getrandbits(12):03x}-{dice.getrandbits(48):012x}",
                "customerID": key,
                "month": month,
                "read_at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
                "gigabytes": f"{dice.lognormvariate(2, 0.5):.3f}",
                "budget_left": f"{50_000 - 25 * number}",
                "source_ip": f"10.{dice.randrange(256)}.{dice.randrange(256)}.{dice.randrange(1, 255)}",
                "portal": f"https://portal.example/customers/{key}",
            }
        )
    return readings


def register(*tables: Rows) -> Rows:
    """All customers that there are, by `id`: those of the tables, and some that no table has yet."""
    keys = [one["customerID"] for table in tables for one in table]
    return [{"id": key} for key in [*keys, *(f"{number:04d}-QQQQQ" for number in range(COUNT)), "9999-NEWAA"]]


def _one_of(dice: random.Random, weights: dict[str, int]) -> str:
    return dice.choices(list(weights), list(weights.values()))[0]


def _letters(dice: random.Random) -> str:
    return "".join(dice.choices(string.ascii_uppercase, k=5))


def _yes(truth: bool) -> str:
    return "Yes" if truth else "No"
