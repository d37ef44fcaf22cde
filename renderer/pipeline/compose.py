"""The step that trees take together: compose, once for all with the same inputs.

While kustomize runs, the declarations are read, and with them all that the later steps need
is imported: YAML, patches and schemas take as long as a small composition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.composition.stack import compose
from renderer.errors import RenderError
from renderer.findings import FindingsError, has_errors
from renderer.kustomize.silent.said import Silent, is_quiet
from renderer.pipeline.inputs import Inputs, composition_key
from renderer.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from renderer.composition.composition import Composition
    from renderer.parameters.declaring import Declarations
    from renderer.repository.workspace import Workspace

Documents = tuple[str, ...]


def compose_all(
    space: Workspace, inputs: Sequence[Inputs]
) -> Iterator[tuple[Inputs, Composition | RenderError]]:
    """Gives each tree its composition; those with the same inputs share one."""
    declared: dict[Documents, Declarations | RenderError] = {}
    silent: dict[str, Silent] = {}  # by the root of a closure

    def meanwhile(is_composing: bool) -> None:
        import renderer.pipeline.finish  # the later steps, while there is time

        if is_composing:  # what was composed before may have been verified before
            import renderer.checks.verification  # noqa: F401
        if any(one.content and b"patches" in one.content for one in inputs):
            import jsonpatch  # noqa: F401 # takes 12 ms where the first patch is
        distinct = {one.closure.documents: one for one in inputs}
        declared.update({key: _declarations(space, one) for key, one in distinct.items()})
        space.definitions.find()  # nearly every repository has kinds of its own
        silent.update(silent_in(space, inputs))

    closures = {one.key: one.closure for one in inputs}
    stacks = compose(closures, space.engine, space.policy, space.cache, meanwhile)
    from renderer.composition.composition import Composition
    from renderer.composition.suspects import find_suspects

    made: dict[tuple[str, str], Composition] = {}
    for one in inputs:
        stack, declarations = stacks[one.key], declared[one.closure.documents]
        # What is wrong in a declaration has a better message than what kustomize makes of it.
        if isinstance(declarations, RenderError):
            yield one, declarations
            continue
        if isinstance(stack, RenderError):
            yield one, stack
            continue
        said = silent[one.closure.root]
        refused = [found for found in said.findings if not RULES[found.rule].is_choosable]
        if refused:
            yield one, FindingsError((*one.closure.warnings, *refused))
            continue
        one = one._replace(silent=said)
        key, checks = composition_key(one), space.checks_of(one.tree.cluster)
        which = key, checks.kubernetes
        if which not in made:
            kustomizations = space.reader.kustomizations(one.closure)
            made[which] = Composition(
                key=key,
                stack=stack,
                declarations=declarations,
                checks=checks,
                affixes={parsed.affixes for _, parsed in kustomizations},
            )
            space.records.targets[key] = made[which].targets
            if key not in space.records.suspects:
                space.records.suspects[key] = find_suspects(
                    space.reader, one.closure, stack, space.definitions.kinds
                )
        yield one, made[which]


def silent_in(space: Workspace, inputs: Iterable[Inputs]) -> dict[str, Silent]:
    """What kustomize does without a word, by the root of each closure."""
    closures = {one.closure.root: one.closure for one in inputs}
    found = {root: Silent() for root, one in closures.items() if is_quiet(space.cache, one)}
    rest = closures.keys() - found.keys()
    if rest:
        from renderer.kustomize.silent.reading import SilentReader

        reader = SilentReader(space.policy, space.cache, space.definitions.objects)
        found |= {root: reader.look(closures[root]) for root in sorted(rest)}
    return found


def _declarations(space: Workspace, inputs: Inputs) -> Declarations | RenderError:
    try:
        found = space.declarations(inputs.closure.documents)
    except RenderError as error:
        return error
    if has_errors(found.findings):
        return FindingsError((*inputs.closure.warnings, *found.findings))
    return found


def compose_one(space: Workspace, inputs: Inputs) -> tuple[Inputs, Composition]:
    """One tree with its composition. Raises RenderError where it cannot be composed."""
    ((inputs, composition),) = compose_all(space, [inputs])
    if isinstance(composition, RenderError):
        raise composition
    return inputs, composition
