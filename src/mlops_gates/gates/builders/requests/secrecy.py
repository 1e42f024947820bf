"""What a secret looks like: by the name it is given, by its own form. Values are looked at and never told."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_STRONG = frozenset({"password", "passwd", "pwd", "passphrase", "apikey", "accesskey", "secretkey", "privatekey"})
_PAIRS = frozenset(
    (first, second)
    for first in ("api", "access", "private", "secret", "auth", "account", "signing", "encryption", "license")
    for second in ("key", "token", "secret")
) | {("client", "secret"), ("bearer", "token"), ("connection", "string"), ("session", "token")}
_WEAK = frozenset({"secret", "token", "credential", "credentials"})
_ABOUT = frozenset(
    {
        "name",
        "id",
        "arn",
        "path",
        "file",
        "files",
        "dir",
        "folder",
        "bucket",
        "field",
        "column",
        "header",
        "length",
        "len",
        "max",
        "min",
        "num",
        "count",
        "size",
        "type",
        "ttl",
        "expiry",
        "expires",
        "policy",
        "version",
        "region",
        "provider",
        "manager",
        "store",
        "kind",
        "mode",
        "index",
        "limit",
        "rotation",
        "enabled",
        "required",
    }
)
"""Words that make a name one about a secret: its length, where it lies, what it is called."""
_OF_TEXT = frozenset(
    {
        "pad",
        "eos",
        "bos",
        "unk",
        "mask",
        "sep",
        "cls",
        "special",
        "start",
        "end",
        "stop",
        "next",
        "first",
        "last",
        "image",
        "word",
        "sub",
        "prompt",
    }
)
"""Tokens of a language model."""
_OF_SDK = frozenset({"SAGEMAKER_SERVE_SECRET_KEY", "REMOTE_FUNCTION_SECRET_KEY"})
"""What the SDK writes itself to sign its own files: nobody can leave it out."""
_FORMS = (
    ("an AWS access key", re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])")),
    ("a GitHub token", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_\w{22,}")),
    ("a GitLab token", re.compile(r"\bglpat-[\w-]{20,}")),
    ("a Slack token", re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}")),
    ("a Hugging Face token", re.compile(r"\bhf_[A-Za-z0-9]{30,}")),
    ("an API key", re.compile(r"\bsk-(?:[a-z]+-)*[A-Za-z0-9_-]{20,}|\bAIza[\w-]{35}|\bdapi[0-9a-f]{32}")),
    ("a private key", re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY")),
    ("a signed token", re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}")),
    ("a password in a URL", re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@{}$]*:[^\s/@{}$]+@[^\s/]+")),
    (
        "a password in a connection string",
        re.compile(r"(?i)(?:^|[;\s])(?:pwd|password|accountkey)\s*=\s*[^\s;{}$<]{4,}"),
    ),
)
_REFERENCE = re.compile(r"arn:|\{\{|\$\{|\$\(|s3://|ssm:|secretsmanager:|vault:|https?://|/|<|\*+$|[xX]{3,}$|\.{3}$")
_SIGNED = re.compile(
    r"(?i)([?&;](?:x-(?:amz|goog)-(?:signature|credential|security-token)|sig|signature|token|password|secret|api_?key)=)"
    r"[^&\s'\",;]+"
)
_HIDDEN = "(secret)"
_SHORTEST = 4
_NOTHING = frozenset({"", "none", "null", "true", "false", "yes", "no", "on", "off", "auto", "default", "[]", "{}"})
_NUMBER = re.compile(r"[-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?")
_OPAQUE = re.compile(r"[A-Za-z0-9+/=_-]{24,200}")
_HEX = re.compile(r"[0-9a-fA-F-]+")
_RANDOM = 4.3
"""Bits per character above which a text of letters of both cases and digits is taken for drawn; words have below 4."""


def form(value: str) -> str:
    """What a value is by its form, "" for none of the known secrets."""
    return next((told for told, pattern in _FORMS if pattern.search(value)), "")


def without(text: str, known: Iterable[str] = ()) -> str:
    """A message with `(secret)` in place of what has the form of a secret, of a signature in an address, or is `known`.

    >>> without("https://ci:hunter22@example.com/x?X-Amz-Signature=0a1b2c failed")
    '(secret)/x?X-Amz-Signature=(secret) failed'
    """
    for value in known:
        text = text.replace(value, _HIDDEN)
    for _, pattern in _FORMS:
        text = pattern.sub(_HIDDEN, text)
    return _SIGNED.sub(rf"\1{_HIDDEN}", text)


def within(name: str, value: object) -> Iterator[str]:
    """The values of a config, of any depth, that are secrets by their names."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from within(str(key), one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from within(name, one)
    elif isinstance(value, str) and len(value) >= _SHORTEST and named(name, value):
        yield value


def named(name: str, value: str) -> bool:
    """Whether a value is a secret by its name: it is neither empty, a number, nor a reference to where the secret lies."""
    if name in _OF_SDK or value.strip().lower() in _NOTHING or _NUMBER.fullmatch(value) or _REFERENCE.match(value):
        return False
    words = [one.lower() for one in _WORD.findall(name)]
    if not words or _ABOUT & set(words):
        return False
    if _STRONG & set(words) or any(pair in _PAIRS for pair in itertools.pairwise(words)):
        return True
    return bool(_WEAK & set(words)) and not _OF_TEXT & set(words) and _is_opaque(value)


def drawn(value: str) -> bool:
    """Whether a value looks drawn at random: long, of both cases and digits, no word, no path, no digest."""
    if not _OPAQUE.fullmatch(value) or _HEX.fullmatch(value) or value.count("/") > 2:
        return False
    mixed = re.search("[a-z]", value) and re.search("[A-Z]", value) and re.search("[0-9]", value)
    return bool(mixed) and _entropy(value) >= _RANDOM


def _is_opaque(value: str) -> bool:
    """No word of a language and no name with slashes: something that nobody would read."""
    if len(value) < 8 or "/" in value or " " in value:
        return False
    return bool(re.search("[0-9]", value) and re.search("[A-Za-z]", value)) or _entropy(value) >= 3.5


def _entropy(text: str) -> float:
    """Bits per character (Shannon)."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)
