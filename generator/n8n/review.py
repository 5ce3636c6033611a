"""What n8n's verification wants of a package: what the files fulfil, and what a person has to do."""

from __future__ import annotations

from collections.abc import Iterator

from specloom.generator.platforms import ReviewPoint
from specloom.schemas.model import Service

_GUIDE = "https://docs.n8n.io/integrations/creating-nodes/build/reference/verification-guidelines/"
_SUBMIT = "https://docs.n8n.io/integrations/creating-nodes/deploy/submit-community-nodes/"
_UX = "https://docs.n8n.io/integrations/creating-nodes/build/reference/ux-guidelines/"
_MET = (
    (_GUIDE, "no dependencies at run time, and neither files nor the environment are read"),
    (_GUIDE, "TypeScript sources that pass the strict lint and the scan; MIT licence; everything in English"),
    (_GUIDE, "a README with installation, credentials, operations and a workflow to paste"),
    (_UX, "generating or usual operation first, Simplified output of at most ten fields, secrets masked"),
    (_SUBMIT, "a GitHub Action that publishes with provenance, and the scripts of n8n's own template"),
)
_PERSON = (
    (_SUBMIT, "make this folder a public GitHub repository, and the package's name on npm your own"),
    (_SUBMIT, "name the repository's publish.yml as trusted publisher in the package's settings on npm"),
    (_GUIDE, "try every operation with a key of your own, and record a short video of it for the reviewers"),
    (_SUBMIT, "submit the published version in n8n's Creator Portal"),
)
"""What no file can do."""


def review(service: Service) -> tuple[ReviewPoint, ...]:
    """Each point with the page of its rule."""
    met = [ReviewPoint(rule=rule, page=page, met=True) for page, rule in _MET]
    person = [ReviewPoint(rule=rule, page=page) for page, rule in _PERSON]
    return (*met, *_published(service), *person)


def _published(service: Service) -> Iterator[ReviewPoint]:
    given = service.owner
    for name, value in (("repository", given.repository), ("author", given.author), ("email", given.email)):
        hint = "" if value else f": say it in x-specloom.package.{name}, also by an overlay"
        yield ReviewPoint(rule=f"{name} in package.json as on npm and GitHub{hint}", page=_GUIDE, met=bool(value))
