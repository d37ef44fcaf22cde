"""What is said of a composition, most of it of patches; compositions share what is common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.kustomize.nodes import text_of
from renderer.kustomize.refusal.scene import Scene
from renderer.kustomize.silent.absent import absent_fields
from renderer.kustomize.silent.copies import copied_names
from renderer.kustomize.silent.lists import replaced_lists
from renderer.kustomize.silent.ours import nearly_ours, patched_documents
from renderer.kustomize.silent.said import Silent, is_quiet, remember_quiet
from renderer.kustomize.silent.subjects import written_subjects
from renderer.kustomize.silent.values import changed_values
from renderer.kustomize.silent.whole import Listed, Whole, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from renderer.cache import Cache
    from renderer.kubernetes.kinds import Kind
    from renderer.kustomize.closure import Closure
    from renderer.kustomize.policy import Policy
    from renderer.kustomize.refusal.objects import Object


class SilentReader:
    """Looks at compositions; of those in which all is well, the digest is kept in `cache`.

    One reader is for one run. `definitions` gives the CustomResourceDefinitions of kinds.
    """

    def __init__(
        self,
        policy: Policy,
        cache: Cache | None,
        definitions: Callable[[Iterable[Kind]], list[dict[str, Any]]],
    ) -> None:
        self._policy = policy
        self._cache = cache
        self._definitions = definitions
        self._scene = Scene(policy.repository, policy)
        self._lists: dict[str, Listed] = {}
        self._objects: dict[str, tuple[Object, ...]] = {}

    def look(self, closure: Closure) -> Silent:
        """What kustomize would do without a word to one composition."""
        if is_quiet(self._cache, closure):
            return Silent()
        scene = self._scene.at(closure.root)
        for here in scene.kustomizations:
            if here.directory not in self._lists:
                self._lists[here.directory] = listed(scene, here)
        lists = {here.directory: self._lists[here.directory] for here in scene.kustomizations}
        whole = Whole(scene, lists, self._objects)
        found = [finding for one in lists.values() for finding in one.mistakes]
        found += patched_documents(whole)
        found += nearly_ours(whole)
        found += changed_values(whole)
        is_whole = not (self._policy.allow_remote or self._policy.allow_helm)
        if is_whole:  # of what is fetched, nothing is known
            found += absent_fields(whole)
        found += replaced_lists(whole, self._definitions)
        depends_on_definitions = any(one.merging for one in lists.values())
        silent = Silent(
            findings=tuple(dict.fromkeys(found)),
            copies=tuple(copied_names(whole)),
            subjects=tuple(written_subjects(whole)),
            namespaces=tuple(
                {text_of(here.fields.get("namespace")) for here in scene.kustomizations}
            ),
        )
        if self._cache and not depends_on_definitions and not any(silent[:3]):
            remember_quiet(self._cache, closure)
        return silent
