"""Reads a refusal: problem details with the service's ``code``, or whatever a proxy in between says."""

from __future__ import annotations

import json
import time
from email.utils import parsedate_to_datetime
from http.client import HTTPMessage
from typing import Mapping, Optional

from ..errors import AuthenticationError, ServiceError

_CODES = {401: "unauthorized", 404: "not_found", 413: "too_large", 429: "busy", 502: "unavailable", 503: "unavailable", 504: "unavailable"}
_KEY_HINT = "Check api_key; keys are listed and made in the organization's settings, and devices need the scope devices:write."


def error_of(status: int, reason: str, headers: HTTPMessage, body: bytes, url: str) -> ServiceError:
    """The refusal as an exception."""
    problem = _parse(body)
    code = problem.get("code", _CODES.get(status, "unexpected_answer"))
    detail = problem.get("detail") or problem.get("title")
    if not detail:
        detail = "The API key is not accepted." if status == 401 else f"{url.split('?')[0]} answered {status} {reason}."
    retry_after = _retry_after(headers.get("Retry-After"))
    if status == 401 or (status == 403 and code == "missing_scope"):
        return AuthenticationError(detail, status=status, code=code, retry_after=retry_after, hint=_KEY_HINT)
    return ServiceError(detail, status=status, code=code, retry_after=retry_after)


def _parse(body: bytes) -> Mapping[str, str]:
    try:
        problem = json.loads(body.decode("utf-8"))
    except ValueError:
        return {}
    return {key: value for key, value in problem.items() if isinstance(value, str) and value} if isinstance(problem, dict) else {}


def _retry_after(value: Optional[str]) -> Optional[float]:
    """Seconds, from a number of seconds or a date (RFC 9110, 10.2.3)."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value.strip())
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError):
        return None
