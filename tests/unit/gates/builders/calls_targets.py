"""Targets for the tests of calls, made by hand."""

from __future__ import annotations

from mlops_gates.findings import Location
from mlops_gates.gates.builders import targets

REGION = "us-east-1"
ROLE = "arn:aws:iam::444455556666:role/trains"
IMAGE = "444455556666.dkr.ecr.eu-west-1.amazonaws.com/churn/train:2"


def where(_):
    return Location("builder.py", 1)


def training(**more):
    return {
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": "s3://churn-models/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 30},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        **more,
    }


def step(name, kind, arguments, **more):
    return {"Name": name, "Type": kind, "Arguments": arguments, **more}


def get(text):
    return {"Get": text}


def model(data):
    return {"PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": data}, "ExecutionRoleArn": ROLE}


def pipeline(*steps, parameters=(), name="churn.json"):
    definition = {"Version": "2020-12-01", "Parameters": list(parameters), "Steps": list(steps)}
    return targets.of_pipeline(name, {"Definition": definition}, REGION, where, {})


def request(operation, members, **more):
    return targets.of_request("a:b", operation, {**members, **more}, REGION, where)
