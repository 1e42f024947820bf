"""builders.transform"""

from __future__ import annotations

from mlops_gates.gates.builders.requests.request import Request, Unknown
from mlops_gates.gates.builders.requests.values import number, words
from mlops_gates.gates.builders.rules import Rule, Seeing, requests, rules_check

_JOB = "CreateTransformJob"
_SPLIT, _JOINED, _ASSEMBLED = "TransformInput.SplitType", "DataProcessing.JoinSource", "TransformOutput.AssembleWith"
_PAYLOAD, _AT_ONCE, _MOST = "MaxPayloadInMB", "MaxConcurrentTransforms", 100
_FILTERS = ("DataProcessing.InputFilter", "DataProcessing.OutputFilter")
_TYPE = "TransformInput.ContentType"
_FILTERED = ("text/csv", "application/json", "application/jsonlines")


def _unsplit(request: Request) -> Seeing:
    part = request.part
    if part.known("BatchStrategy") == "MultiRecord" and part.get(_SPLIT) in (None, "None"):
        yield part.at("BatchStrategy"), "many records at once, and files are not split into records"


def _glued(request: Request) -> Seeing:
    part = request.part
    if part.known(_JOINED) != "Input" or any(isinstance(part.get(one), Unknown) for one in (_SPLIT, _ASSEMBLED)):
        return
    split, assembled = (words(part, one) or "None" for one in (_SPLIT, _ASSEMBLED))
    if split in ("None", "Line") and split != assembled:
        told = f"records are split by {split} and put together by {assembled}"
        yield part.at(_ASSEMBLED), f"{told}, and joined with the input"


def _heavy(request: Request) -> Seeing:
    payload = number(request.part, _PAYLOAD)
    if payload is not None and payload > _MOST:
        yield request.part.at(_PAYLOAD), f"{payload:g} MB, and a payload has at most {_MOST} MB"


def _heavy_together(request: Request) -> Seeing:
    payload, many = number(request.part, _PAYLOAD), number(request.part, _AT_ONCE)
    if payload is not None and many is not None and payload * many > _MOST:
        yield (
            request.part.at(_PAYLOAD),
            f"{many:g} at once with {payload:g} MB each, and {_MOST} MB are allowed together",
        )


def _unanchored(request: Request) -> Seeing:
    for name in _FILTERS:
        path = words(request.part, name)
        if path and not path.startswith("$"):
            yield request.part.at(name), "the filter is no JSONPath, which begins with $"


def _unfiltered(request: Request) -> Seeing:
    part = request.part
    kind = (words(part, _TYPE) or "").partition(";")[0].strip().lower()
    asked = part.known(_JOINED) == "Input" or any(words(part, name) not in (None, "$") for name in _FILTERS)
    if kind and asked and kind not in _FILTERED:
        yield part.at(_TYPE), f"{kind[:60]} is neither CSV nor JSON, and filters and joins read no other"


_API = "API reference, CreateTransformJob"
_GUIDE = "developer guide, Associate prediction results with input; believed of the service"
CHECK = rules_check(
    id="builders.transform",
    title="Batch transform splits, sends and joins what fits together",
    help="A transform job splits files into records, sends them in payloads and joins the answers to the input. The three "
    "must be told alike: a batch of records needs records, and what is joined is put together as it was split.",
    remedy="Set SplitType and AssembleWith alike, and keep payloads times requests at once to 100 MB.",
    rules=(
        Rule(
            id="batch-without-split",
            states="BatchStrategy MultiRecord needs a SplitType",
            source=f"{_API}, BatchStrategy",
            bad='{"BatchStrategy": "MultiRecord", "TransformInput": {}}',
            good='{"BatchStrategy": "MultiRecord", "TransformInput": {"SplitType": "Line"}}',
            judge=requests(_unsplit, _JOB),
        ),
        Rule(
            id="joined-as-split",
            states="What is joined is put together as it was split",
            source=_GUIDE,
            bad='{"DataProcessing": {"JoinSource": "Input"}, "TransformInput": {"SplitType": "Line"}}',
            good='{"DataProcessing": {"JoinSource": "Input"}, "TransformInput": {"SplitType": "Line"}, '
            '"TransformOutput": {"AssembleWith": "Line"}}',
            judge=requests(_glued, _JOB),
            believed=True,
        ),
        Rule(
            id="payload-beyond-limit",
            states="MaxPayloadInMB is at most 100",
            source=f"{_API}, MaxPayloadInMB",
            bad='{"MaxPayloadInMB": 120}',
            good='{"MaxPayloadInMB": 100}',
            judge=requests(_heavy, _JOB),
        ),
        Rule(
            id="payloads-beyond-limit",
            states="MaxConcurrentTransforms times MaxPayloadInMB is at most 100",
            source=f"{_API}, MaxPayloadInMB",
            bad='{"MaxPayloadInMB": 20, "MaxConcurrentTransforms": 10}',
            good='{"MaxPayloadInMB": 20, "MaxConcurrentTransforms": 5}',
            judge=requests(_heavy_together, _JOB),
        ),
        Rule(
            id="filter-is-no-path",
            states="A filter is a JSONPath that begins with $",
            source="API reference, DataProcessing; believed of the service",
            bad='{"DataProcessing": {"InputFilter": "features"}}',
            good='{"DataProcessing": {"InputFilter": "$.features"}}',
            judge=requests(_unanchored, _JOB),
            believed=True,
        ),
        Rule(
            id="filter-of-another-format",
            states="Filters and joins are of CSV or JSON",
            source=_GUIDE,
            bad='{"TransformInput": {"ContentType": "image/png"}, "DataProcessing": {"JoinSource": "Input"}}',
            good='{"TransformInput": {"ContentType": "text/csv"}, "DataProcessing": {"JoinSource": "Input"}}',
            judge=requests(_unfiltered, _JOB),
            believed=True,
        ),
    ),
    applies=lambda target: any(one.operation == _JOB for one in target.requests),
    absent="no request is CreateTransformJob",
)
