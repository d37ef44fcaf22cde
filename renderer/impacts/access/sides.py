"""Who may do what before and after, found out when it is first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from renderer.impacts.access.acting import Acting
from renderer.impacts.access.opened import Holders
from renderer.impacts.access.roles import ACCOUNT, Subject, subjects_of
from renderer.impacts.access.tokens import DEFAULT
from renderer.kubernetes.manifests import ObjectRef

if TYPE_CHECKING:
    from renderer.impacts.model import ClusterObjects, Sides


class Access:
    """Who may do what, and act as whom, on both sides of a cluster."""

    def __init__(self, sides: Sides) -> None:
        self._sides = sides

    @cached_property
    def old(self) -> Holders:
        return Holders(self._sides.old)

    @cached_property
    def new(self) -> Holders:
        return Holders(self._sides.new)

    def was_made(self, account: Subject) -> bool:
        """Whether a ServiceAccount was there before, where somebody could trust it already."""
        return _is_made(account, self._sides.old)

    def is_made(self, account: Subject) -> bool:
        """Whether a ServiceAccount is there."""
        return _is_made(account, self._sides.new)

    def is_bound_before(self, account: Subject) -> bool:
        """Whether a binding of the trees named a ServiceAccount, or a group that it is in.

        To ask that reads bindings and nothing else.
        """
        groups = (Subject("Group", "", name) for name in account.groups)
        return not self._bound_before.isdisjoint((account, *groups))

    @cached_property
    def _bound_before(self) -> frozenset[Subject]:
        return frozenset(
            subject
            for kind in ("ClusterRoleBinding", "RoleBinding")
            for binding in self._sides.old.few(kind)
            for subject in subjects_of(binding)
        )

    @cached_property
    def acting_before(self) -> Acting:
        return Acting(self._sides.old, self.old)

    @cached_property
    def acting(self) -> Acting:
        return Acting(self._sides.new, self.new)


def _is_made(account: Subject, objects: ClusterObjects) -> bool:
    """Whether it is among the objects; every namespace gets a default one."""
    ref = ObjectRef("", ACCOUNT, account.namespace, account.name)
    return account.name == DEFAULT or objects.find(ref) is not None
