"""`notify`: whom a monitor tells how it ended. Options alone; `notifying` delivers after the verdict."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from mlops_gates.options import Options, Text

_VARIABLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_ARN = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?")


def _url(text: str) -> str:
    if not _VARIABLE.fullmatch(text):
        try:
            known = urlsplit(text).scheme in ("http", "https") and bool(urlsplit(text).hostname)
        except ValueError:
            known = False
        if not known:
            raise ValueError("should be an http or https URL, or ${NAME} of a variable that holds one")
    return text


def _arn(text: str) -> str:
    if not _ARN.fullmatch(text):
        raise ValueError("should be the ARN of an SNS topic: arn:aws:sns:region:account:topic")
    return text


class Notice(Options):
    """One that is told: a webhook, a topic of SNS or a command."""

    webhook: Annotated[str, AfterValidator(_url)] | None = Field(
        None,
        description="A URL that is sent JSON by POST; ${NAME} is taken from the environment, and no URL is printed.",
    )
    sns: Annotated[str, AfterValidator(_arn)] | None = Field(None, description="The ARN of a topic.")
    command: tuple[Text, ...] = Field(
        (),
        description="A program with its arguments, without a shell; the JSON is in MLOPS_GATES_NOTICE.",
        strict=False,
    )
    when: tuple[Literal["passed", "warned", "inconclusive", "errored", "failed"], ...] = Field(
        ("failed", "errored", "inconclusive"), description="How the block must have ended.", strict=False
    )

    @model_validator(mode="after")
    def _one_way(self) -> Notice:
        if sum(map(bool, (self.webhook, self.sns, self.command))) != 1:
            raise ValueError("should name one of webhook, sns and command")
        return self
