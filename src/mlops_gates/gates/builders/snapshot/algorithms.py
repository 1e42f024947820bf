"""AWS's own algorithms, which bring their metrics, beside frameworks that run a script."""

from __future__ import annotations

from mlops_gates.gates.builders.requests.request import Part
from mlops_gates.gates.builders.requests.walking import entries
from mlops_gates.gates.builders.snapshot import imagedata

ALGORITHMS = frozenset(
    {
        "blazingtext",
        "factorization-machines",
        "forecasting-deepar",
        "image-classification",
        "ipinsights",
        "kmeans",
        "knn",
        "lda",
        "linear-learner",
        "ntm",
        "object-detection",
        "object2vec",
        "pca",
        "randomcutforest",
        "semantic-segmentation",
        "seq2seq",
    }
)
"""Images that are an algorithm and nothing else. XGBoost's is both an algorithm and a framework."""


def framework(job: Part) -> str:
    """The name of what AWS's image of this training job holds; "" for other images."""
    uri = job.known("AlgorithmSpecification.TrainingImage")
    image = imagedata.parse(uri) if isinstance(uri, str) else None
    found = imagedata.framework_of(image) if image else None
    return found.name if found else ""


def runs_script(job: Part) -> bool:
    """Whether the job runs a script of its own: SDK 2 names it in a hyperparameter, SDK 3 in the container's entry."""
    if job.has("AlgorithmSpecification.ContainerEntrypoint"):
        return True
    return any(
        name in ("sagemaker_program", "sagemaker_submit_directory")
        for member in ("HyperParameters", "StaticHyperParameters")
        for name, _ in entries(job, member)
    )
