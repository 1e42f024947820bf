"""Where AWS does not guard a deployment, and moves all traffic at once without saying so.

Source: developer guide of SageMaker, "Deployment guardrails: Exclusions", and its statement that guardrails are for
real-time and asynchronous endpoints only. What cannot be looked at counts as excluded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gates.adapters.endpoints import Endpoints
from mlops_gates.textsafe import one_line

_INF1 = "ml.inf1."


class Exclusions:
    """Reasons, found by describing both configurations, their models and the packages of those; nothing is changed."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints

    def of(self, live: str, candidate: str, kind: str) -> list[str]:
        """Why a deployment from one configuration to another is not guarded; empty where it is.

        Raises as `Endpoints.call`.
        """
        old, new = (self._variants(name) for name in (live, candidate))
        return list(
            dict.fromkeys(
                [
                    *_names(old, new),
                    *self._features(live, old),
                    *self._features(candidate, new),
                    *_rolling(old, new, kind),
                ]
            )
        )

    def _variants(self, config: str) -> list[Mapping[str, Any]]:
        answer = self._endpoints.call("DescribeEndpointConfig", EndpointConfigName=config)
        return list(answer.get("ProductionVariants") or ())

    def _features(self, config: str, variants: list[Mapping[str, Any]]) -> Iterator[str]:
        for one in variants:
            at = f"variant {one.get('VariantName')} of {config}"
            if str(one.get("InstanceType", "")).startswith(_INF1):
                yield f"{at} runs on Inf1 instances"
            if one.get("AcceleratorType"):
                yield f"{at} uses Elastic Inference"
            if one.get("ServerlessConfig") is not None:
                yield f"{at} is serverless"
            if name := one.get("ModelName"):
                yield from (f"{at} {what}" for what in self._market(str(name)))

    def _market(self, model: str) -> Iterator[str]:
        answer = self._endpoints.call("DescribeModel", ModelName=model)
        for container in (answer.get("PrimaryContainer"), *(answer.get("Containers") or ())):
            package = (container or {}).get("ModelPackageName")
            if not package:
                continue
            told = self._endpoints.call("DescribeModelPackage", ModelPackageName=package)
            inside = (told.get("InferenceSpecification") or {}).get("Containers") or ()
            if told.get("CertifyForMarketplace") or any(one.get("ProductId") for one in inside):
                yield f"uses a Marketplace container ({one_line(str(package))})"


def _names(old: list[Mapping[str, Any]], new: list[Mapping[str, Any]]) -> Iterator[str]:
    left, right = ({str(one.get("VariantName")) for one in variants} for variants in (old, new))
    if left != right:
        yield f"the variants have other names ({', '.join(sorted(left))}, then {', '.join(sorted(right))})"


def _rolling(old: list[Mapping[str, Any]], new: list[Mapping[str, Any]], kind: str) -> Iterator[str]:
    if kind == "rolling" and max(len(old), len(new)) > 1:
        yield "a rolling deployment is for one variant"
