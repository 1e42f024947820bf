"""What SageMaker's own images and its instances are like: look-ups in the snapshot `data/images.json`.

The snapshot is read once, when the first question is asked (about 1 ms). `scripts/images.py` refreshes it out of the SDKs and
says where each part is from. None means that the snapshot does not tell, never no.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TypedDict

from mlops_gates.records import dataclass


class Repository(TypedDict):
    """One repository of images, as the snapshot writes it."""

    framework: str
    uses: list[str]
    registries: int
    tags: dict[str, str]


class Snapshot(TypedDict):
    """The file: an instance has its GPUs, its Neuron devices and its GB of local storage; a registry its accounts by region;
    a tag its Pythons | its processors."""

    taken: str
    sources: dict[str, str]
    smdistributed: list[str]
    instances: dict[str, tuple[int, int, int]]
    registries: list[dict[str, str]]
    images: dict[str, Repository]


@dataclass(frozen=True)
class Image:
    """An image as a request names it. `registry` is the AWS account of ECR, else a host or ""; `region` is "" outside ECR."""

    registry: str
    region: str
    repository: str
    tag: str
    digest: str
    ecr: bool


@dataclass(frozen=True)
class Framework:
    """What one of AWS's own images holds. `version` is "" where the snapshot has no such version, and then `python` and
    `processor` are only what the tag says. `processor` is cpu, gpu, neuron or "" (any, or not told); no `uses`: any use."""

    name: str
    uses: tuple[str, ...]
    version: str
    python: str
    processor: str
    repository: str
    versions: tuple[str, ...]
    pythons: tuple[str, ...]

    @property
    def trains(self) -> bool:
        """It is not only for something else."""
        return not self.uses or "training" in self.uses

    @property
    def serves(self) -> bool:
        """It is not only for something else."""
        return not self.uses or any(use.startswith(("inference", "eia")) for use in self.uses)


_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]+)?")
_REPOSITORY = re.compile(r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-fA-F]{64}")
_ECR = re.compile(
    r"(?P<account>[0-9]{12})\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z]{2,}(?:-[a-z]+)+-[0-9]+)"
    r"\.(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|on\.aws|on\.amazonwebservices\.com\.cn|[a-z0-9]+\.(?:ic|sgov)\.gov)"
)
_PYTHON = re.compile(r"py[0-9]+")
_CUDA = re.compile(r"cu(?:da|[0-9]+)")


@cache
def snapshot() -> Snapshot:
    """The whole snapshot; nobody changes it."""
    held: Snapshot = json.loads((Path(__file__).parent / "data" / "images.json").read_text("utf-8"))
    return held


def parse(uri: str) -> Image | None:
    """The image of a URI `[registry/]repository[:tag][@digest]`; None where it has another form."""
    if _SCHEME.match(uri) or uri != uri.strip():
        return None
    named, at, digest = uri.partition("@")
    host, slash, rest = named.partition("/")
    if not slash or not ("." in host or ":" in host or host == "localhost"):
        host, rest = "", named
    repository, colon, tag = rest.partition(":")
    if (at and not _DIGEST.fullmatch(digest)) or (colon and not _TAG.fullmatch(tag)):
        return None
    if not _REPOSITORY.fullmatch(repository) or (host and not _HOST.fullmatch(host)):
        return None
    if ecr := _ECR.fullmatch(host):
        return Image(ecr["account"], ecr["region"], repository, tag, digest, True)
    return Image(host, "", repository, tag, digest, False)


def registries_of(repository: str) -> Mapping[str, tuple[str, ...]]:
    """By region the accounts that own this repository of AWS; empty where AWS has none of that name."""
    held = snapshot()
    if not (known := held["images"].get(repository)):
        return {}
    return {region: tuple(of.split()) for region, of in held["registries"][known["registries"]].items()}


def accounts_of(framework: str, region: str) -> frozenset[str]:
    """The accounts that own the framework's images in the region; empty where there are none or the framework is unknown."""
    return frozenset(
        account
        for repository, one in snapshot()["images"].items()
        if one["framework"] == framework
        for account in registries_of(repository).get(region, ())
    )


@cache
def accounts() -> frozenset[str]:
    """Every account that owns images of AWS, in whatever region."""
    return frozenset(account for one in snapshot()["registries"] for of in one.values() for account in of.split())


def framework_of(image: Image) -> Framework | None:
    """What the image holds, if it is one of AWS's own; None for other registries, also where they mirror one of AWS's."""
    known = snapshot()["images"].get(image.repository)
    if not known or image.registry not in accounts():
        return None
    start = _start(known["tags"], image.tag)
    pythons, _, processors = known["tags"].get(start, "|").partition("|")
    words = image.tag.split("-")
    behind = image.tag.removeprefix(start).split("-")  # of a version such as 1.4-2-py312 the Python stands in its name
    return Framework(
        name=known["framework"],
        uses=tuple(known["uses"]),
        version=start,
        python=next((word for word in behind if _PYTHON.fullmatch(word)), ""),
        processor=_processor(image.repository, words, processors.split(), told=bool(start)),
        repository=image.repository,
        versions=tuple(known["tags"]),
        pythons=tuple(pythons.split()),
    )


def _start(tags: Mapping[str, str], tag: str) -> str:
    """The longest known start of the tag, which ends where a word does; "" without one."""
    return max((one for one in tags if tag == one or tag.startswith(f"{one}-")), key=len, default="")


def _processor(repository: str, words: list[str], processors: list[str], *, told: bool) -> str:
    """A known version without processors runs on any, whatever its tag says: XGBoost's `-cpu-` images use GPUs too."""
    if "neuron" in repository or any(one.startswith(("inf", "trn", "neuron")) for one in processors):
        return "neuron"
    if told and not processors:
        return ""
    for name in ("cpu", "gpu"):
        if name in words:
            return name
    if any(_CUDA.match(word) for word in words):
        return "gpu"
    return processors[0] if len(processors) == 1 else ""


def _family(instance: str) -> str:
    """`g5` of ml.g5.xlarge, "" of what is no instance type."""
    parts = instance.split(".")
    return parts[1] if len(parts) == 3 and parts[0] == "ml" else ""


def _kinds(instance: str) -> tuple[int, int, int] | None:
    return snapshot()["instances"].get(instance)


@cache
def _families() -> Mapping[str, tuple[bool, bool]]:
    """By family whether any of its known sizes has GPUs, and Neuron devices."""
    found: dict[str, tuple[bool, bool]] = {}
    for name, (gpus, neurons, _) in snapshot()["instances"].items():
        before = found.get(_family(name), (False, False))
        found[_family(name)] = (before[0] or gpus > 0, before[1] or neurons > 0)
    return found


def has_gpu(instance: str) -> bool | None:
    """Whether the instance type has GPUs. Where EC2 does not tell its family does; SDK version 2 takes p* and g* for such."""
    if kinds := _kinds(instance):
        return kinds[0] > 0
    if family := _families().get(_family(instance)):
        return family[0]
    return True if re.match(r"[pg]r?[0-9]", _family(instance)) else None


def is_neuron(instance: str) -> bool | None:
    """Whether the instance type has AWS's own accelerators, Trainium or Inferentia."""
    if kinds := _kinds(instance):
        return kinds[1] > 0
    if re.match(r"(?:trn|inf)[0-9]", _family(instance)):
        return True
    return _families()[_family(instance)][1] if _family(instance) in _families() else None


def is_trainium(instance: str) -> bool:
    """Whether the instance type is one of Trainium."""
    return _family(instance).startswith("trn")


def local_storage(instance: str) -> int | None:
    """GB of the instance type's own disks, 0 where it has none and takes a volume; of single sizes, families differ."""
    kinds = _kinds(instance)
    return kinds[2] if kinds else None


def has_local_storage(instance: str) -> bool | None:
    """Whether the instance type has disks of its own, so that SageMaker takes no key for volumes and attaches none."""
    size = local_storage(instance)
    return None if size is None else size > 0


def runs_smdistributed(instance: str) -> bool | None:
    """Whether SageMaker's own data and model parallelism runs on the instance type; None of what is no instance type."""
    return instance in snapshot()["smdistributed"] if _family(instance) else None
