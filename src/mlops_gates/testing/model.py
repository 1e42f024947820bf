"""`ModelTestFramework`: the ten tests of a model as a Python class, over the checks of the model gate.

framework = ModelTestFramework("models/churn.joblib", "data/test.csv", "config/test_config.yaml")
results = framework.run_all_tests()
assert results["detailed_results"]["test_model_performance"]["passed"]
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from mlops_gates.errors import ConfigError
from mlops_gates.findings import CheckResult, GateResult, Measurement, Report, Status
from mlops_gates.testing import settings
from mlops_gates.testing.running import report_of

TESTS = {
    "test_model_performance": "model.performance",
    "test_prediction_consistency": "model.consistency",
    "test_model_robustness": "model.robustness",
    "test_feature_importance": "model.importance",
    "test_data_distribution": "model.distribution",
    "test_model_fairness": "model.fairness",
    "test_inference_performance": "model.inference",
    "test_model_interpretability": "model.interpretability",
    "test_edge_cases": "model.edge-cases",
    "test_model_reproducibility": "model.reproducibility",
}
"""Each test and the check that it is."""
Result = dict[str, Any]
MISSING = "missing"


class ModelTestFramework:
    """A model, its test data, and its ten tests. The model is asked once, by the first test that is called.

    Config keys are those of `settings` and of a model block; `target` is the column `target` unless the config names
    another. In a result `passed` is True for passed and warned, False for failed, errored and inconclusive, None for
    what was skipped, and `status` says which; `errors` hold what was found, `message` why nothing was.
    """

    def __init__(self, model_path: str, test_data_path: str, config_path: str | None = None) -> None:
        """Raises ConfigError where the config cannot be read or used."""
        self.model_path, self.test_data_path = str(model_path), str(test_data_path)
        self.config = settings.read(config_path) if config_path else {}
        self.test_results: Result = {}
        self._block = settings.block(self.config, self.model_path, self.test_data_path)

    @cached_property
    def report(self) -> Report:
        """What the gate says of the model."""
        report = report_of({"model": self._block}, self.config.get("requirements", ""))
        if "performance_thresholds" not in self.config and "thresholds" not in self.config and _regresses(report):
            report = report_of({"model": {key: one for key, one in self._block.items() if key != "thresholds"}})
        return report

    def run_all_tests(self) -> Result:
        """All ten: `timestamp`, `model_info`, `test_summary`, `detailed_results` by test, `overall_score` (0 to 1).

        `total`, `passed` and `failed` count what was judged; `skipped` counts what does not apply.
        """
        detailed = {name: getattr(self, name)() for name in TESTS}
        verdicts = [one["passed"] for one in detailed.values()]
        passed, failed = verdicts.count(True), verdicts.count(False)
        self.test_results = {
            "timestamp": datetime.now().astimezone().isoformat(),
            "model_info": self.get_model_info(),
            "test_summary": {
                "total": passed + failed,
                "passed": passed,
                "failed": failed,
                "skipped": verdicts.count(None),
            },
            "detailed_results": detailed,
            "all_tests_passed": passed > 0 and failed == 0,
            "overall_score": passed / (passed + failed) if passed + failed else 0.0,
        }
        return self.test_results

    def get_model_info(self) -> Result:
        """What the model says of itself."""
        facts = dict(self._gate.facts) if self._gate else {}
        info: Result = {"model_type": facts.get("type", ""), "model_class": facts.get("type", "")}
        return info | {name: facts[name] for name in ("task", "libraries", "rows", "sandbox") if name in facts}

    def test_model_performance(self) -> Result:
        """Metrics against `performance_thresholds`; each that fails has a `<metric>_failure`."""
        result = self._result("test_model_performance")
        thresholds = self._block.get("thresholds", {})
        failures = {f"{one.subject}_failure": one.message for one in self._findings("model.performance")}
        return result | {"thresholds": thresholds} | failures

    def test_prediction_consistency(self) -> Result:
        """The same rows again, in another order and in other batches."""
        result = self._result("test_prediction_consistency")
        return result | {"consistent_predictions": result["passed"]}

    def test_model_robustness(self) -> Result:
        """Noise, missing values and other categories; `robustness_threshold` is the share of them that must pass."""
        return self._shared("test_model_robustness", "robustness_threshold", "robustness_score")

    def test_feature_importance(self) -> Result:
        """Permutation importance, its stability and the share of the largest."""
        return self._result("test_feature_importance")

    def test_data_distribution(self) -> Result:
        """The test data against `expected_data_stats` or the reference; and `data_quality_score`, the share of filled cells."""
        result = self._result("test_data_distribution")
        check = self._check("model.distribution")
        shares = [
            one.value for one in (check.measurements if check else ()) if one.name == MISSING and one.value is not None
        ]
        if not shares or result["passed"] is None:
            return result
        score = 1 - sum(shares) / len(shares)
        least = self._share("data_quality_threshold", settings.DEFAULT_QUALITY)
        return result | {"data_quality_score": score, "passed": result["passed"] and score > least}

    def test_model_fairness(self) -> Result:
        """Groups of `protected_attribute`."""
        result = self._result("test_model_fairness")
        return result | {"has_fairness_config": "fairness" in self._block}

    def test_inference_performance(self) -> Result:
        """Latency and throughput."""
        return self._result("test_inference_performance")

    def test_model_interpretability(self) -> Result:
        """Explanations are produced, finite and additive."""
        return self._result("test_model_interpretability")

    def test_edge_cases(self) -> Result:
        """Rows at the edge; `edge_case_pass_threshold` is the share of them that must pass."""
        return self._shared("test_edge_cases", "edge_case_pass_threshold", "edge_case_score")

    def test_model_reproducibility(self) -> Result:
        """Other seeds, threads and processes."""
        return self._result("test_model_reproducibility")

    @property
    def _gate(self) -> GateResult | None:
        return next((gate for gate in self.report.gates if gate.gate == "model"), None)

    def _check(self, rule: str) -> CheckResult | None:
        return next((one for one in (self._gate.checks if self._gate else ()) if one.check == rule), None)

    def _findings(self, rule: str) -> tuple[Any, ...]:
        found = self._check(rule)
        return found.findings if found else ()

    def _result(self, test: str) -> Result:
        check = self._check(TESTS[test])
        if check is None:
            return self._without(TESTS[test])
        status = check.status
        errors = [one.message for one in check.findings if one.status not in (Status.PASSED, Status.SKIPPED)]
        if not errors and not status.good and status is not Status.SKIPPED:
            errors = [self._ended() or check.reason]
        return {
            "test_name": test,
            "passed": None if status is Status.SKIPPED else status.good,
            "status": status.value,
            "message": check.reason,
            "metrics": {_key(one): one.value for one in check.measurements},
            "intervals": {
                _key(one): [one.interval.low, one.interval.high] for one in check.measurements if one.interval
            },
            "observations": [f"{one.subject}: {one.text}" for one in check.measurements],
            "errors": errors,
            "seconds": check.seconds,
        }

    def _without(self, rule: str) -> Result:
        """A check that did not run: because the run ended before, or because nothing asks for it."""
        ended = self._ended()
        passed = None if ended is None else False
        said = ended or f"{rule} is not asked for by the config"
        status = Status.SKIPPED if ended is None else Status.ERRORED
        return {
            "passed": passed,
            "status": status.value,
            "message": said,
            "metrics": {},
            "intervals": {},
            "observations": [],
            "errors": [ended] if ended else [],
            "seconds": 0.0,
        }

    def _ended(self) -> str | None:
        if self.report.fatal:
            return self.report.fatal.message
        errored = [one for one in (self._gate.checks if self._gate else ()) if one.check == "model.load"]
        return next((one.reason for one in errored if not one.status.good), None)

    def _shared(self, test: str, key: str, score: str) -> Result:
        """A test of several parts of which a share must pass; without that key in the config every one must."""
        result = self._result(test)
        parts = _parts(self._check(TESTS[test]))
        if not parts:
            return result
        result |= {"parts": parts, score: sum(parts.values()) / len(parts)}
        if key not in self.config or result["status"] == Status.ERRORED.value:
            return result
        return result | {"passed": result[score] >= self._share(key, 1.0)}

    def _share(self, key: str, default: float) -> float:
        share = self.config.get(key, default)
        if not isinstance(share, int | float) or isinstance(share, bool) or not 0 <= share <= 1:
            raise ConfigError(f"{key}: {share!r} is no share", next_step="Write a number from 0 to 1.")
        return float(share)


def _regresses(report: Report) -> bool:
    return any(dict(gate.facts).get("task") == "regression" for gate in report.gates)


def _key(one: Measurement) -> str:
    return one.name if one.subject in ("", one.name, "model") else f"{one.subject}/{one.name}"


def _parts(check: CheckResult | None) -> Mapping[str, bool]:
    """Which subjects of a check passed: those that it measured or found something about."""
    if check is None:
        return {}
    bad = {one.subject.rpartition("/")[2] for one in check.findings if not one.status.good}
    names = dict.fromkeys([*(one.subject for one in check.measurements), *(one.subject for one in check.findings)])
    return {name: name.rpartition("/")[2] not in bad for name in names if name}
