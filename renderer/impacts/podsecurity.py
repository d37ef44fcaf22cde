"""What the admission of Kubernetes makes of Pods, by the labels of their Namespaces.

A workload is taken whatever its Pods are: they are refused one by one, when its controller makes
them (https://kubernetes.io/docs/concepts/security/pod-security-admission/).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.checks.podsecurity import ENFORCE_VERSION_LABEL, LEVELS, enforced_levels
from renderer.kubernetes.manifests import labels_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.impacts.model import ClusterObjects
    from renderer.impacts.validity import Validity, Violated
    from renderer.kubernetes.manifests import Manifest

RULE = "pod-security"  # of `render check`, which says the same
_SHOWN = 3


class Refusal(NamedTuple):
    """Why the Pods of an object are refused: by which level, and the controls that they violate.

    `is_pinned` tells that its Namespace asks for an older policy, which may refuse less.
    """

    level: str
    namespace: str
    violated: Sequence[Violated]
    is_pinned: bool = False

    @property
    def policy(self) -> str:
        return f"Pod Security {self.level} of Namespace {self.namespace}"

    @property
    def why(self) -> str:
        """The controls, each with its field; of many the first."""
        said = [f"{one.reason} ({one.field})" for one in self.violated[:_SHOWN]]
        more = len(self.violated) - _SHOWN
        return ", ".join(said) + (f" and {more} more" if more > 0 else "")

    @property
    def field(self) -> str:
        return self.violated[0].field

    @property
    def hint(self) -> str:
        return self.violated[0].hint if len(self.violated) == 1 else ""


def refusal(manifest: Manifest, cluster: ClusterObjects, validity: Validity) -> Refusal | None:
    """Why the Pods of an object are refused in a cluster; None if they are not.

    Nothing is known of a Namespace that is not in the trees, or does not ask for a level.
    """
    if not validity.violated(manifest, LEVELS[-1]):  # whatever the Namespace, which is not read
        return None
    namespace = manifest.ref.namespace
    spaces = [one for one in cluster.few("Namespace") if one.ref.name == namespace]
    level = enforced_levels(spaces).get(namespace)
    violated = validity.violated(manifest, level) if level else ()
    if not level or not violated:
        return None
    pinned = labels_of(spaces[-1].data).get(ENFORCE_VERSION_LABEL, "latest") != "latest"
    return Refusal(level, namespace, violated, pinned)
