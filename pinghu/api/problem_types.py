"""The closed list of problem types (RFC 9457): what each means and what a client does about it.

A slug is part of the API's contract: it is never renamed. The pages at `/problems/<slug>/` are made from this list.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class ProblemType:
    """One kind of refusal: its address is `/problems/<slug>`."""

    slug: str
    status: int
    title: Any
    remedy: Any

    @property
    def uri(self) -> str:
        return f"/problems/{self.slug}"


_TYPES = (
    ProblemType(
        "malformed-request",
        400,
        _("The request could not be read"),
        _("Check that the body is valid JSON in UTF-8 and that the address is correctly encoded."),
    ),
    ProblemType(
        "unknown-parameter",
        400,
        _("Unknown query parameter"),
        _(
            "Parameters that are not documented are refused, because a misspelt filter would silently widen the "
            "result. The answer names the closest known parameter."
        ),
    ),
    ProblemType(
        "invalid-parameter",
        400,
        _("Invalid value of a query parameter"),
        _("The list of errors names each parameter and what it accepts."),
    ),
    ProblemType(
        "invalid-cursor",
        400,
        _("Invalid cursor"),
        _(
            "A cursor belongs to the list, filters and sort order it was made for. Start again without a cursor, or "
            "follow the addresses given in “next” and “prev” unchanged; only “limit” may differ between pages."
        ),
    ),
    ProblemType(
        "not-authenticated",
        401,
        _("Authentication needed"),
        _("Sign in, or send a valid key in the Authorization header."),
    ),
    ProblemType(
        "permission-denied",
        403,
        _("Not permitted"),
        _("The key is valid but may not do this. Ask the zone for the scope named in the answer."),
    ),
    ProblemType(
        "csrf-failed",
        403,
        _("Cross-site check failed"),
        _("Requests that are signed in by cookie must carry the CSRF token; clients with a key need no cookie."),
    ),
    ProblemType(
        "not-found",
        404,
        _("Not found"),
        _("There is nothing at this address, or it is not published."),
    ),
    ProblemType(
        "method-not-allowed",
        405,
        _("Method not allowed"),
        _("The Allow header lists the methods that this address answers."),
    ),
    ProblemType(
        "not-acceptable",
        406,
        _("No acceptable representation"),
        _("The API answers in JSON. Accept application/json."),
    ),
    ProblemType(
        "conflict",
        409,
        _("Conflict with the present state"),
        _("Read the record again and decide whether the request still makes sense."),
    ),
    ProblemType(
        "duplicate-lead",
        409,
        _("The lead may be here already"),
        _(
            "“cards” shows what may be the same, as far as you may know of it. The same credit code on an open lead "
            "cannot be entered twice; everything else can: send it again with “confirmed”."
        ),
    ),
    ProblemType(
        "gate-refused",
        409,
        _("The stage asks for more"),
        _(
            "“missing” lists what is not there yet, each with the stage that asks and what it is about. Fill it in, "
            "then send the request again. Where nothing is missing, “code” says which rule refuses the move."
        ),
    ),
    ProblemType(
        "gone",
        410,
        _("Removed"),
        _("The record existed and was removed. Where it was merged, “merged_into” names its successor."),
    ),
    ProblemType(
        "stale-version",
        412,
        _("Changed in the meantime"),
        _("Somebody saved the record since it was read. Read it again, apply the change to it and send it again."),
    ),
    ProblemType(
        "payload-too-large",
        413,
        _("Request too large"),
        _("Send fewer rows at a time."),
    ),
    ProblemType(
        "unsupported-media-type",
        415,
        _("Unsupported media type"),
        _("Send JSON with Content-Type: application/json."),
    ),
    ProblemType(
        "validation-error",
        422,
        _("The content is not valid"),
        _("The list of errors points to each value (JSON Pointer, RFC 6901) and says what is wrong with it."),
    ),
    ProblemType(
        "precondition-required",
        428,
        _("Precondition needed"),
        _("Send If-Match with the ETag that was read, so that nobody's change is overwritten unseen."),
    ),
    ProblemType(
        "too-many-requests",
        429,
        _("Too many requests"),
        _("Wait as many seconds as the Retry-After header says."),
    ),
    ProblemType(
        "internal-error",
        500,
        _("Internal error"),
        _("Nothing was changed. Try again later; when it stays, tell the zone the request id."),
    ),
    ProblemType(
        "service-unavailable",
        503,
        _("Temporarily unavailable"),
        _("Try again after as many seconds as the Retry-After header says."),
    ),
)

PROBLEM_TYPES: dict[str, ProblemType] = {kind.slug: kind for kind in _TYPES}
#: The general type of each status: the first listed with it, except where another is the broader one.
BY_STATUS: dict[int, ProblemType] = {kind.status: kind for kind in reversed(_TYPES)}
