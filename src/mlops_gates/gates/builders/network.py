"""builders.network"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from mlops_gates.gates.builders.requests.request import Part, Request
from mlops_gates.gates.builders.requests.walking import entries, leaves, parts
from mlops_gates.gates.builders.rules import Rule, Seeing, requests, rules_check, trainings
from mlops_gates.gates.builders.scope import Target
from mlops_gates.gates.builders.snapshot import imagedata

_ISOLATION = "EnableNetworkIsolation"
_NEEDS_S3 = frozenset(
    {"chainer", "coach-tensorflow", "coach-mxnet", "ray-pytorch", "ray-tensorflow", "vw", "semantic-segmentation"}
)
"""Frameworks of AWS's images that reach for S3 themselves (developer guide, internet-free mode; older API reference)."""
_INSTALLS = ("pip install", "pip3 install", "conda install", "apt-get install", "apt install", "yum install")


def _isolated(request: Request) -> Iterator[tuple[Part, Part]]:
    """(job or model, the mapping with the switch) of each that has no network."""
    for job in (*request.trainings(), *_models(request)):
        if job.known(_ISOLATION) is True:
            yield job, job
    config = request.part.sub("NetworkConfig")
    if config and config.known(_ISOLATION) is True:
        yield request.part, config


def _models(request: Request) -> Iterator[Part]:
    if request.operation == "CreateModel":
        yield request.part


def _installing(target: Target) -> Seeing:
    named = any(PurePosixPath(one).name == "requirements.txt" for one in _sources(target))
    for request in target.requests:
        for job, switch in _isolated(request):
            if named:
                yield switch.at(_ISOLATION), "no network, and requirements.txt is installed at the start"
            elif words := _installs(job):
                yield switch.at(_ISOLATION), f"no network, and the container begins with {words}"


def _sources(target: Target) -> Iterator[str]:
    """The files of code that the SDK stored for the job: one by one (version 3), or packed (version 2)."""
    for call in target.calls:
        request = call.get("request")
        if isinstance(request, Mapping) and call.get("operation") == "PutObject":
            yield str(request.get("Key"))
            names = request.get("Names")
            yield from (str(one) for one in names) if isinstance(names, list) else ()


def _installs(job: Part) -> str:
    """The command by which the container installs, "" where it does not."""
    for name in ("AlgorithmSpecification", "AppSpecification"):
        if found := job.sub(name):
            told = " ".join(value for _, value in leaves(found) if isinstance(value, str))
            if words := next((one for one in _INSTALLS if one in told), ""):
                return words
    return ""


def _fetching(request: Request) -> Seeing:
    for model in _models(request):
        if model.known(_ISOLATION) is not True:
            continue
        for container in request.containers():
            for name, value in entries(container, "Environment"):
                if name == "SAGEMAKER_SUBMIT_DIRECTORY" and isinstance(value, str) and value.startswith("s3://"):
                    yield (
                        container.at(f"Environment.{name}"),
                        "the code is fetched from S3 by a container without network",
                    )


def _reaching(request: Request) -> Seeing:
    for job, switch in _isolated(request):
        images = [job.known("AlgorithmSpecification.TrainingImage"), job.known("AppSpecification.ImageUri")]
        images += [one.known("Image") for one in request.containers()] if request.operation == "CreateModel" else []
        for uri in images:
            image = imagedata.parse(uri) if isinstance(uri, str) else None
            found = imagedata.framework_of(image) if image else None
            if found and found.name in _NEEDS_S3:
                yield switch.at(_ISOLATION), f"no network, and the image of {found.name} reads from S3 itself"


def _unreachable(job: Part) -> Seeing:
    if job.has("VpcConfig"):
        return
    for channel in job.each("InputDataConfig"):
        if channel.has("DataSource.FileSystemDataSource"):
            name = channel.known("ChannelName")
            told = f"the channel {name}" if isinstance(name, str) else "a channel"
            yield job.at("VpcConfig"), f"{told} is on a file system, and the job is in no VPC"
            return


def _other_ids(request: Request) -> Seeing:
    for vpc in parts(request.part, "VpcConfig"):
        for member, start in (("SecurityGroupIds", "sg-"), ("Subnets", "subnet-")):
            listed = vpc.known(member)
            for number, one in enumerate(listed if isinstance(listed, list | tuple) else ()):
                if isinstance(one, str) and not one.startswith(start):
                    yield (*vpc.at(member), number), f"{one[:64]} is no id of its kind, which begins with {start}"


def _speaks(target: Target) -> bool:
    for request in target.requests:
        if any(True for _ in parts(request.part, "VpcConfig")) or any(True for _ in _isolated(request)):
            return True
        if any(
            one.has("DataSource.FileSystemDataSource")
            for job in request.trainings()
            for one in job.each("InputDataConfig")
        ):
            return True
    return False


_FREE = "developer guide, run containers in internet-free mode"
CHECK = rules_check(
    id="builders.network",
    title="What a job needs it can reach",
    help="A container without network installs nothing and fetches nothing; a file system is reached from its VPC alone. "
    "What a security group lets through, only AWS can tell.",
    remedy="Build what is needed into the image, or drop the isolation; give the VPC of the file system.",
    rules=(
        Rule(
            id="isolated-image-of-s3",
            states="Images that read from S3 themselves are not isolated",
            source=_FREE,
            bad='{"EnableNetworkIsolation": true, "AlgorithmSpecification": {"TrainingImage": "…/sagemaker-chainer:…"}}',
            good='{"EnableNetworkIsolation": false, "AlgorithmSpecification": {"TrainingImage": "…/sagemaker-chainer:…"}}',
            judge=requests(_reaching),
        ),
        Rule(
            id="isolated-and-installing",
            states="Nothing is installed in an isolated container",
            source=f"{_FREE}; believed of the container's start",
            bad='{"EnableNetworkIsolation": true} with requirements.txt in the source folder',
            good='{"EnableNetworkIsolation": true} with an image that holds what is needed',
            judge=_installing,
            believed=True,
        ),
        Rule(
            id="isolated-and-fetching",
            states="An isolated model's code lies in its archive, not in S3",
            source=f"{_FREE}; believed of the container's start",
            bad='{"EnableNetworkIsolation": true, "Environment": {"SAGEMAKER_SUBMIT_DIRECTORY": "s3://…"}}',
            good='{"EnableNetworkIsolation": true, "Environment": {"SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}}',
            judge=requests(_fetching, "CreateModel"),
            believed=True,
        ),
        Rule(
            id="file-system-without-vpc",
            states="A job that reads a file system is in a VPC",
            source="developer guide, give training access to file systems; believed of the service",
            bad='{"InputDataConfig": [{"DataSource": {"FileSystemDataSource": {}}}]}',
            good='{"InputDataConfig": [{"DataSource": {"FileSystemDataSource": {}}}], "VpcConfig": {"Subnets": ["subnet-0a"]}}',
            judge=trainings(_unreachable),
            believed=True,
        ),
        Rule(
            id="id-of-another-kind",
            states="Security groups are told by sg-…, subnets by subnet-…",
            source="Amazon VPC user guide, ids of resources; believed of the service",
            bad='{"VpcConfig": {"SecurityGroupIds": ["default"], "Subnets": ["subnet-0a1b2c3d"]}}',
            good='{"VpcConfig": {"SecurityGroupIds": ["sg-0a1b2c3d"], "Subnets": ["subnet-0a1b2c3d"]}}',
            judge=requests(_other_ids),
            believed=True,
        ),
    ),
    applies=_speaks,
    absent="no request has a VPC, network isolation or a file system",
)
