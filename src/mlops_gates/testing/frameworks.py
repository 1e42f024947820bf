"""Which framework a request trains or serves with, out of its image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gates.gates.builders.requests.request import Part, Unknown
from mlops_gates.gates.builders.snapshot.imagedata import Framework, framework_of, has_gpu, parse
from mlops_gates.records import dataclass
from mlops_gates.testing.selecting import Result, Subject

CUSTOM = "custom"
NAMES = ("pytorch", "xgboost", "tensorflow", "sklearn", CUSTOM)
_WORDS = {"scikit-learn": "sklearn", "scikit_learn": "sklearn", "torch": "pytorch", "tf": "tensorflow"}
_IMAGES = ("AlgorithmSpecification.TrainingImage", "PrimaryContainer.Image", "AppSpecification.ImageUri")


@dataclass(frozen=True)
class Detected:
    """The framework's name, one of `NAMES`, and what it was found in. `told` is what a view or the config calls it.

    `unknown` says why the image does not tell; `version`, `python` and `processor` are "" where it does not.
    """

    name: str
    member: str = ""
    image: str = ""
    version: str = ""
    python: str = ""
    processor: str = ""
    told: str = ""
    unknown: str = ""


def detect(subject: Subject, config: Mapping[str, Any]) -> Detected:
    """What the first image of the request holds. An image that is none of AWS's own is what the builder calls it."""
    told = _told(subject, config)
    member, uri = _image(subject)
    if isinstance(uri, Unknown):
        return Detected(told or CUSTOM, member, told=told, unknown=f"{member} is known only at run time ({uri.text})")
    if not isinstance(uri, str) or not uri:
        return Detected(told or CUSTOM, member, told=told)
    image = parse(uri)
    found = framework_of(image) if image else None
    if found is None:
        return Detected(told or CUSTOM, member, uri, told=told)
    name = called(found)
    return Detected(name, member, uri, found.version, found.python, found.processor, told)


def called(found: Framework) -> str:
    """One of `NAMES` for what one of AWS's images holds; Hugging Face's are of the framework that they stand on."""
    own, repository = found.name, found.repository
    words = (name for name in NAMES if own.startswith(name) or f"{name}-" in repository or repository.endswith(name))
    return next(words, CUSTOM)


def _told(subject: Subject, config: Mapping[str, Any]) -> str:
    said = subject.told("get_framework") or config.get("framework")
    name = str(said).lower() if isinstance(said, str) else ""
    name = _WORDS.get(name, name)
    return name if name in NAMES else ""


def _image(subject: Subject) -> tuple[str, Any]:
    """The member that names the image first, and what it says; the member to look at where there is none."""
    if subject.request is None:
        return "", None
    for member in _IMAGES:
        if subject.part.has(member):
            return member, subject.part.get(member)
    for container in subject.request.containers():
        if container.has("Image"):
            return f"{container.path[-1]}.Image" if isinstance(container.path[-1], str) else "Containers[0].Image", (
                container.get("Image")
            )
    algorithm = "AlgorithmSpecification.AlgorithmName"
    return (algorithm, None) if subject.part.has(algorithm) else (_IMAGES[0], None)


def contradiction(found: Detected, config: Mapping[str, Any]) -> list[str]:
    """Where a view or the config of the tests calls the framework, its version or its Python otherwise than the image."""
    if not found.image:
        return []
    said = []
    known = bool(found.version or found.python)
    if found.told and found.told != found.name:
        said.append(f"the builder calls its framework {found.told}, and {found.member} is of {found.name}")
    for key, own in (("framework_version", found.version), ("python_version", found.python)):
        wanted = config.get(key)
        if known and isinstance(wanted, str) and own and not _alike(own, wanted):
            said.append(f"the config says {key} {wanted}, and {found.member} has {own}")
    return said


def _alike(own: str, wanted: str) -> bool:
    """Whether one is the other, or the beginning of it: 1.7 and 1.7-1, 2.3 and 2.3.0, py3 and py38."""
    short, long = sorted((own, wanted), key=len)
    return short == long or long.startswith((f"{short}.", f"{short}-")) or (short == "py3" and long.startswith(short))


def workflow(subject: Subject, found: Detected, errors: list[str]) -> Result:
    """The pattern of a framework: whether it holds, and what of it the request tells."""
    part = subject.part
    parameters = part.get("HyperParameters") or part.get("StaticHyperParameters") or {}
    container = next(iter(subject.request.containers()), Part({})) if subject.request else Part({})
    environment = container.get("Environment") or {}
    script = _text(parameters, "sagemaker_program") or _text(environment, "SAGEMAKER_PROGRAM")
    instance = part.known("ResourceConfig.InstanceType")
    return {
        "valid": not errors,
        "errors": list(errors),
        "framework": found.name,
        "image": found.image,
        "framework_version": found.version,
        "python_version": found.python,
        "processor": found.processor,
        "entry_point": script.strip('"'),
        "gpu": has_gpu(instance) if isinstance(instance, str) else None,
        "server": _SERVERS.get(found.name, "") if container.members else "",
    }


_SERVERS = {
    "pytorch": "TorchServe",
    "xgboost": "SageMaker XGBoost",
    "tensorflow": "TensorFlow Serving",
    "sklearn": "SageMaker scikit-learn",
}


def _text(members: Any, name: str) -> str:
    found = members.get(name) if isinstance(members, Mapping) else None
    return found if isinstance(found, str) else ""
