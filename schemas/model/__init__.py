"""What an API is, in frozen data: no I/O, no raw OpenAPI, no platform. Everything else reads this.

Names follow OpenAPI; durations are seconds, sizes bytes. Tuples keep the document's order.
"""

from specloom.schemas.model.fields import (
    URL_FIELDS,
    Choice,
    Condition,
    Field,
    FieldLocation,
    FieldType,
    FileForm,
    Options,
    ResultType,
    Visibility,
)
from specloom.schemas.model.operations import (
    Example,
    Header,
    Job,
    Link,
    Operation,
    Output,
    Pagination,
    Requirement,
    Response,
    Signature,
    Trigger,
    Usage,
)
from specloom.schemas.model.service import (
    Auth,
    ConnectionTest,
    ErrorRules,
    PackageOwner,
    RateLimit,
    Resource,
    Server,
    ServerVariable,
    Service,
)

__all__ = [
    "Auth", "Choice", "Condition", "ConnectionTest", "ErrorRules", "Example", "Field", "FieldLocation", "FieldType",
    "FileForm", "Header", "Job", "Link", "Operation", "Options", "Output", "Pagination", "PackageOwner", "RateLimit",
    "Requirement", "Resource", "Response", "ResultType", "Server", "ServerVariable", "Service", "Signature", "Trigger",
    "URL_FIELDS", "Usage", "Visibility",
]  # fmt: skip
