"""As which ServiceAccounts somebody can act: by their tokens, or in Pods that run as them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.checks.pods import pod_of
from renderer.impacts.access.powers import (
    BE_ACCOUNTS,
    ENTER_NODES,
    ENTER_PODS,
    MAKE_TOKENS,
    READ_SECRETS,
    RUN_PODS,
    Use,
    uses_of,
)
from renderer.impacts.access.rights import Right
from renderer.impacts.access.roles import ACCOUNT, RBAC, Subject, subjects_of
from renderer.impacts.access.tokens import tokens, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.impacts.access.opened import Holders
    from renderer.impacts.model import ClusterObjects

_BY_NAMESPACE = (RUN_PODS.name, MAKE_TOKENS.name, BE_ACCOUNTS.name)
_NAMED = (MAKE_TOKENS.name, BE_ACCOUNTS.name)
_BY_PODS = (ENTER_PODS.name, ENTER_NODES.name)


class Step(NamedTuple):
    """Somebody who can act as a ServiceAccount, and the rights that are enough for it."""

    actor: Subject
    rights: tuple[Right, ...]


class Acting:
    """Who can act as whom on one side of a cluster; `actors` are whom its bindings name."""

    def __init__(self, objects: ClusterObjects, holders: Holders) -> None:
        self._holders = holders
        self._running: dict[str, set[str]] = {}
        known = {(one.ref.namespace, one.ref.name) for one in objects.of_kind("", ACCOUNT)}
        known |= {(one.namespace, one.name) for one in holders.held if one.kind == ACCOUNT}
        for one in objects.all:
            pod = pod_of(one)
            if pod is not None and one.ref.namespace:
                asked = wanted(pod, one.ref.namespace)
                known.add((asked.account.namespace, asked.account.name))
                for token in tokens(asked, objects):
                    if not token.audience:
                        running = self._running.setdefault(token.account.namespace, set())
                        running.add(token.account.name)
        self._accounts: dict[str, set[str]] = {}
        for namespace, name in known:
            self._accounts.setdefault(namespace, set()).add(name)
        self._steps: dict[Subject, dict[Subject, tuple[Right, ...]]] = {}

        # The programs of Kubernetes itself can act as anybody.
        self.actors = sorted(
            {
                subject
                for kind in ("ClusterRoleBinding", "RoleBinding")
                for binding in objects.of_kind(RBAC, kind)
                for subject in subjects_of(binding)
            }
        )

    def reached(self, actor: Subject) -> dict[Subject, Step]:
        """The ServiceAccounts as which somebody can act, each with the last step to it."""
        found: dict[Subject, Step] = {}
        waiting = [actor]
        while waiting:
            one = waiting.pop(0)
            for account, rights in sorted(self._from(one).items()):
                if account != actor and account not in found:
                    found[account] = Step(one, rights)
                    waiting.append(account)
        return found

    def _from(self, actor: Subject) -> dict[Subject, tuple[Right, ...]]:
        if actor not in self._steps:
            steps = self._steps[actor] = {}
            for use, right in uses_of(self._holders.effective(actor)).items():
                made = self._mints(use, actor)
                for account in self._by(use, bool(made)):
                    steps.setdefault(account, (*made, right))
        return self._steps[actor]

    def _by(self, use: Use, is_minting: bool) -> Iterator[Subject]:
        if use.power.name in _BY_NAMESPACE or is_minting:
            among = self._accounts
        elif use.power.name in _BY_PODS:
            among = self._running
        else:
            return
        for namespace in [use.namespace] if use.namespace else sorted(among):
            for name in sorted(among.get(namespace, ())):
                if use.power.name not in _NAMED or use.name in (None, name):
                    yield Subject(ACCOUNT, namespace, name)

    def _mints(self, use: Use, actor: Subject) -> tuple[Right, ...]:
        """The right to make Secrets of who reads them: one that it makes gets a token.

        https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets
        """
        makes = Right(use.namespace, "create", "", "secrets")
        is_able = use.power == READ_SECRETS and self._holders.effective(actor).include(makes)
        return (makes,) if is_able else ()
