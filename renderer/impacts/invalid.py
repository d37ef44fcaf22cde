"""What the API server refuses whatever was there before: an object that is invalid, or a Pod that
the Pod Security of its Namespace keeps out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.pods import pod_of
from renderer.impacts.fields import with_keys
from renderer.impacts.model import Consequence, Impact
from renderer.impacts.podsecurity import RULE, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import Sides
    from renderer.kubernetes.manifests import Manifest, ObjectRef

_POD = ("", "Pod")


def consequences(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """What is wrong with the objects that are added or changed, as `render check` says it.

    What is wrong and stays as it is comes from another change.
    """
    for changed in changes:
        new, ref = changed.new, changed.change.ref
        if new is None:
            continue
        for found in sides.validity.problems(new, sides.new):
            field = with_keys(new, found.field)
            reason = f"{field}: {found.message}" if field else found.message
            yield _refused(ref, reason, found.hint, field, (found.rule, found.object))
        if (new.ref.group, new.ref.kind) == _POD and _is_looked_at(changed.old, new):
            found_refusal = refusal(new, sides.new, sides.validity)
            if found_refusal:
                reason = f"{found_refusal.policy} refuses it: {found_refusal.why}"
                refused = _refused(
                    ref, reason, found_refusal.hint, found_refusal.field, (RULE, new.label)
                )
                yield refused._replace(is_predicted=found_refusal.is_pinned)


def _refused(
    ref: ObjectRef, reason: str, hint: str, field: str, finding: tuple[str, str]
) -> Consequence:
    return Consequence(
        Impact.REJECTED, ref, reason, hint=hint, field=field, finding=finding, lasts=True
    )


def _is_looked_at(old: Manifest | None, new: Manifest) -> bool:
    """Whether the admission looks at a Pod: of one that is there it looks at new images only.

    k8s.io/pod-security-admission/admission/admission.go, isSignificantPodUpdate.
    """
    if old is None or old.ref != new.ref:
        return True
    return _images(old) != _images(new)


def _images(manifest: Manifest) -> list[object]:
    pod = pod_of(manifest)
    return [container.get("image") for _, container in pod.containers] if pod else []
