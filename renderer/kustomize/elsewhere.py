"""What a kustomization takes from elsewhere: URLs, git repositories, Helm charts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from renderer import process
from renderer.kustomize.parsed import Role

if TYPE_CHECKING:
    from renderer.kustomize.parsed import Reference
    from renderer.kustomize.policy import Policy

_PINNED: Final = r"[^?]*\?((?!ref=|version=)[\w.=-]*&)*ref=[0-9a-f]{40}(&(?!ref=)[\w.=-]*)*$"
_OPTION: Final = r"[?&](ref|version)=(-|%2d)"


class Problem(NamedTuple):
    """Why a reference is refused; the message goes on after its text."""

    rule: str
    message: str
    hint: str = ""


def is_pinned(reference: Reference) -> bool:
    """Whether what is fetched will be the same tomorrow: a base of git at a commit."""
    is_base = reference.role in (Role.ENTRY, Role.COMPONENT)
    return is_base and re.match(_PINNED, reference.text) is not None


def remote_problem(policy: Policy, reference: Reference) -> Problem | None:
    """What is wrong with a resource that kustomize would fetch; its content is not ours to see."""
    if not policy.allow_remote:
        return Problem(
            "remote-resource",
            "is fetched from elsewhere, so that the same commit can give another result",
            policy.how_to_permit("remote", "copy it into the repository, or use --allow-remote"),
        )
    if re.search(_OPTION, reference.text, re.IGNORECASE):
        return Problem("remote-resource", "has a ref that git would take for an option")
    return None


def chart_problem(policy: Policy, reference: Reference) -> Problem | None:
    """What is wrong with a chart that kustomize would have helm inflate, or with one of its fields:
    helm is given them as arguments, and an option may name a program."""
    if reference.text.startswith("-"):
        return Problem("helm-chart", "is what helm would take for an option")
    if not policy.allow_helm:
        return Problem(
            "helm-chart",
            "is a Helm chart: helm would run, and may fetch it from anywhere",
            policy.how_to_permit("helm", "commit what `helm template` prints, or use --allow-helm"),
        )
    if process.find_program("helm") is None:
        return Problem("helm-chart", "is a Helm chart, but helm is not in PATH")
    return None
