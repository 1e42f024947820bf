"""One report with everything in it, for every renderer; and the catalogue that goes with it."""

from __future__ import annotations

from mlops_gates.findings import (
    CheckResult,
    ColumnView,
    Finding,
    GateResult,
    Interval,
    Limit,
    Line,
    Location,
    Measurement,
    Report,
    Series,
    Severity,
    Status,
    Subject,
    Tool,
)
from mlops_gates.reporters.rules import RuleText

HOSTILE = (
    "x`|<script>alert(1)</script> ::error::forged ##[error]forged @everyone [a](http://evil.example) "
    "\x1b[31mred 😀 \u202eevil שלום\n::set-output name=passed::true"
)


def at(line: int, file: str = "mlops-gates.yml") -> Location:
    return Location(file, line)


def data_gate() -> GateResult:
    places = tuple(at(line, "data/test set.csv") for line in (489, 754, 937, 1083, 1341))
    blanks = Measurement(
        rule="data.nulls",
        subject="TotalCharges",
        name="nulls",
        value=11.0,
        text="11 blank values in 7,043 rows (0.16 %)",
        limit=Limit(None, 0.0, "nulls: 0", at(23)),
        unit="values",
        exact="every row was counted",
        n=7043,
        places=places,
        remedy='Fill the blanks where the data is made, or allow them: nulls: "0.2 %".',
    )
    nulls = CheckResult(
        "data.nulls",
        "Blank values",
        Status.FAILED,
        findings=(
            Finding(
                "data.nulls",
                "TotalCharges",
                Status.FAILED,
                Severity.ERROR,
                "TotalCharges: 11 blank values in 7,043 rows (0.16 %); the limit is 0 (every row was counted).",
                places[0],
                places[1:],
                blanks.remedy,
            ),
            Finding(
                "data.nulls",
                HOSTILE,
                Status.FAILED,
                Severity.ERROR,
                f"{HOSTILE}: 3 blank values in 7,043 rows (0.04 %); the limit is 0.",
                at(24),
                (at(25),),
                f"Rename {HOSTILE}.",
            ),
            Finding(
                "data.nulls",
                "Partner",
                Status.PASSED,
                Severity.ERROR,
                "Partner: 2 blank values in 7,043 rows (0.03 %); the limit is 0.",
                at(26),
                waived="new customers have none yet, until 2027-01-31",
            ),
        ),
        measurements=(blanks,),
        seconds=0.25,
    )
    ranges = CheckResult(
        "data.range",
        "Values in their range",
        Status.PASSED,
        measurements=(
            Measurement("data.range", "tenure", "min", 0.0, "smallest value 0", Limit(0.0, 100.0, "min: 0", at(17))),
            Measurement("data.range", "tenure", "max", 72.0, "largest value 72", Limit(0.0, 100.0, "max: 100", at(17))),
        ),
    )
    rows = CheckResult(
        "data.rows",
        "Enough rows",
        Status.PASSED,
        measurements=(
            Measurement("data.rows", "", "rows", 7043.0, "7,043 rows", Limit(1000.0, None, "at least 1,000", at(13))),
        ),
    )
    drift = CheckResult(
        "data.drift",
        "The same as the reference",
        Status.WARNED,
        findings=(
            Finding(
                "data.drift",
                "tenure",
                Status.WARNED,
                Severity.WARNING,
                "tenure: PSI 0.18 (95 % interval 0.11 to 0.25); the limit is 0.2.",
                at(31),
                remedy="Give more rows, or raise max_psi.",
            ),
        ),
    )
    return GateResult(
        "data",
        "telco",
        Status.FAILED,
        (nulls, ranges, rows, drift),
        1.25,
        facts=(("source", "data/test set.csv"), ("rows", "7,043")),
        softened="advisory: drift findings warn",
        columns=(
            ColumnView(
                "tenure", "number", 7043, (("nulls", "0"), ("drift", "ks 0.18")), (0.5, 0.3, 0.2), (0.4, 0.6, 0.0)
            ),
            ColumnView("a|b `::error::`", "text", 7043, (("nulls", "11 (0.16 %)"),)),
        ),
    )


def model_gate() -> GateResult:
    accuracy = Measurement(
        rule="model.accuracy",
        subject="accuracy",
        name="accuracy",
        value=0.8049,
        text="accuracy 0.805 (95 % interval 0.783 to 0.825)",
        limit=Limit(0.99, None, "at least 0.99", at(40)),
        interval=Interval(0.783, 0.825, 0.95, "Wilson"),
        n=1409,
    )
    unknown = Measurement(
        "model.roc_auc",
        "roc_auc",
        "roc_auc",
        None,
        "",
        Limit(0.8, None, "at least 0.8", at(41)),
        reason="one class only",
    )
    checks = (
        CheckResult(
            "model.accuracy",
            "Accuracy",
            Status.FAILED,
            (
                Finding(
                    "model.accuracy",
                    "accuracy",
                    Status.FAILED,
                    Severity.ERROR,
                    "accuracy is 0.805 (95 % interval 0.783 to 0.825, 1,409 rows); the limit is at least 0.99.",
                    at(40),
                    remedy="Train a better model, or lower the limit at this line.",
                ),
            ),
            (accuracy,),
        ),
        CheckResult(
            "model.roc_auc",
            "Area under the ROC curve",
            Status.INCONCLUSIVE,
            (
                Finding(
                    "model.roc_auc",
                    "roc_auc",
                    Status.INCONCLUSIVE,
                    Severity.ERROR,
                    "roc_auc could not be measured: the test data holds one class only; the limit is at least 0.8.",
                    at(41),
                    remedy="Give test data with both classes.",
                ),
            ),
            (unknown,),
            reason="the test data holds one class only",
        ),
        CheckResult("model.latency", "Latency", Status.ERRORED, reason="the worker was stopped after 600 s"),
        CheckResult("model.fairness", "Fairness", Status.SKIPPED, reason="fairness: there is one group in gender"),
    )
    return GateResult("model", "", Status.FAILED, checks, 12.5, facts=(("model", "models/churn.joblib"),))


def rich() -> Report:
    """Return a report with every status, a waiver, a softening switch and hostile names."""
    return Report(
        status=Status.FAILED,
        exit_code=1,
        tool=Tool(version="0.1.0"),
        gates=(data_gate(), model_gate()),
        subjects=(
            Subject("config", "mlops-gates.yml", "0" * 64),
            Subject("data", "data/test set.csv", "ab" * 32),
            Subject("model", "https://models.example/churn", "", "it is remote"),
        ),
        softened=("policy.inconclusive: warn",),
        notes=("2 columns have no rule: PaperlessBilling, gender",),
        values={"quality-score": "0.9984", "model-version": "v1.0.0", "model-digest": f"sha256:{'cd' * 32}"},
        metrics={"roc_auc": float("nan"), "accuracy": 0.8049},
        environment="production",
        started="2026-11-21T08:00:00Z",
        seconds=13.75,
    )


def fatal() -> Report:
    """Return a report of a run that the config stopped."""
    finding = Finding(
        "run.config",
        "model.tresholds",
        Status.ERRORED,
        Severity.ERROR,
        "model.tresholds is no key; did you mean model.thresholds?",
        at(39),
        remedy="Correct the key; `mlops-gates schema` prints all of them.",
    )
    return Report(Status.ERRORED, 2, Tool(version="0.1.0"), fatal=finding)


def good() -> Report:
    """Return a report in which everything passed."""
    rows = Measurement("data.rows", "", "rows", 7043.0, "7,043 rows", Limit(1000.0, None, "at least 1,000", at(13)))
    check = CheckResult("data.rows", "Enough rows", Status.PASSED, measurements=(rows,))
    return Report(
        Status.PASSED,
        0,
        Tool(version="0.1.0"),
        (GateResult("data", "", Status.PASSED, (check,), 0.5),),
        values={"quality-score": "1.0"},
    )


def canary() -> Report:
    """Return a report of a canary that was taken back: one metric that was worse, one of which a look was silent."""
    shares = ((0.010, 0.012), (0.011, 0.031), (None, None), (0.009, 0.034), (0.010, 0.036))
    evidence = (-0.1, 0.6, 0.0, 0.8, 1.3)
    told = [("–", "–") if one is None else (f"{one:g}", f"{other:g}") for one, other in shares]
    errors = Series(
        "error_rate",
        ("look", "baseline", "canary", "ratio so far", ""),
        tuple((str(at), *each, "", "") for at, each in enumerate(told, 1)),
        evidence,
        decides="rolls back",
        since=3,
        lines=(Line("baseline", tuple(one for one, _ in shares)), Line("canary", tuple(other for _, other in shares))),
        unit="share",
        limit=0.05,
        said="error_rate is worse: 2.90 times the baseline's rate",
    )
    score = Series(
        HOSTILE,
        ("look", HOSTILE),
        (("1", HOSTILE), ("2", "")),
        lines=(Line(HOSTILE, (12.0, float("nan"))),),
        said=HOSTILE,
    )
    message = (
        "after 5 looks: error_rate is worse: 2.90 times the baseline's rate. Rolled back: churn has what it had before."
    )
    found = Finding(
        "canary.decision", "error_rate", Status.FAILED, Severity.ERROR, message, at(12), (),
        "The traffic goes to the baseline; look at what the candidate does with the requests of this metric.",
    )  # fmt: skip
    check = CheckResult("canary.decision", "The canary is as good as what serves now", Status.FAILED, (found,))
    facts = (("decision", "rollback"), ("looks", "5 of 60"), ("traffic", "Rolled back: churn has what it had before."))
    gate = GateResult("canary", "", Status.FAILED, (check,), 300.5, facts, series=(errors, score))
    return Report(
        Status.FAILED,
        1,
        Tool(version="0.1.0"),
        (gate,),
        values={"canary-decision": "rollback"},
        metrics={"error_rate_ratio": 2.9},
    )


FILES = {
    "report-dir": "mlops-gates-report",
    "results-file": "mlops-gates-report/results.json",
    "sarif-file": "mlops-gates-report/results.sarif",
    "junit-file": "mlops-gates-report/junit.xml",
    "codequality-file": "mlops-gates-report/gl-code-quality.json",
    "html-file": "mlops-gates-report/report.html",
}

CATALOGUE = {
    text.id: text
    for text in (
        RuleText(
            "data.nulls",
            "Blank values",
            "A column holds more blank values than its rule allows.",
            "Fill the blanks where the data is made, or allow them.",
            "A column holds more blank values than its rule allows.\n\n```yaml\nnulls: 0\n```",
        ),
        RuleText(
            "model.accuracy", "Accuracy", "The share of right answers.", "Train better.", "The share of right answers."
        ),
    )
}
