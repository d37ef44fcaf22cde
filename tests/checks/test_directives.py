"""Directives of strategic merge patches in final manifests."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.loading import manifests
from renderer.checks import KUBERNETES
from renderer.checks.directives import left_directives, may_hold_directives
from renderer.checks.policy import CheckPolicy, Checks
from renderer.checks.verification import Verification
from renderer.kubernetes.manifests import Manifest, object_ref
from renderer.patching.final import Final
from renderer.yamldoc.writing import write

SHOP = "apiVersion: example.com/v1\nkind: Shop\nmetadata: {name: corner}\n"


def fields(text: str) -> list[str]:
    """The fields of the findings about one manifest, as all checks together see it."""
    (found,) = manifests(text)
    checks = Checks(CheckPolicy({}), KUBERNETES[-1], lambda _: [])
    final = Final(index=0, manifest=found, text=write(found.data), changes=())
    findings = Verification([found], [], checks).verify([final]).findings
    assert {one.rule for one in findings} <= {"patch-directive"}
    return [one.field for one in findings]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SHOP + "spec: {hosts: [{name: b, $patch: delete}]}", ["/spec/hosts/0/$patch"]),
        (SHOP + "spec: {$patch: replace, a: 1}", ["/spec/$patch"]),
        (SHOP + "$patch: delete", ["/$patch"]),
        (SHOP + "spec: {$retainKeys: [a], a: 1}", ["/spec/$retainKeys"]),
        (
            SHOP + "spec: {a: {$deleteFromPrimitiveList/hosts: [x]}, b: {$setElementOrder/c: []}}",
            ["/spec/a/$deleteFromPrimitiveList~1hosts", "/spec/b/$setElementOrder~1c"],
        ),
        (
            (
                "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
                "spec: {ports: [{port: 80, $patch: merge}], $retainKeys: [ports]}"
            ),
            ["/spec/$retainKeys", "/spec/ports/0/$patch"],
        ),
    ],
)
def test_a_directive_is_found(text: str, expected: list[str]) -> None:
    assert fields(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        SHOP + "spec: {text: '$patch: delete', $ref: a, $patches: 1, retainKeys: [$patch]}",
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
            "data: {patch.yaml: '{$patch: delete}'}"
        ),
        (
            "apiVersion: kustomize.toolkit.fluxcd.io/v1beta2\nkind: Kustomization\n"
            "metadata: {name: a}\nspec: {patchesStrategicMerge: [{kind: A, $patch: delete}]}"
        ),
        (
            "apiVersion: helm.toolkit.fluxcd.io/v2beta1\nkind: HelmRelease\nmetadata: {name: a}\n"
            "spec: {postRenderers: [{kustomize: {patchesStrategicMerge: [{$patch: delete}]}}]}"
        ),
        (
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: a}\n"
            "spec: {rules: [{mutate: {patchStrategicMerge: {spec: {$patch: replace}}}}]}"
        ),
        (
            "apiVersion: cluster.x-k8s.io/v1beta1\nkind: ClusterClass\nmetadata: {name: a}\n"
            "spec: {patches: [{definitions: [{jsonPatches: [{value: {$patch: delete}}]}]}]}"
        ),
        (
            "apiVersion: policy.karmada.io/v1alpha1\nkind: OverridePolicy\nmetadata: {name: a}\n"
            "spec: {overrideRules: [{overriders: {plaintext: [{value: {$patch: delete}}]}}]}"
        ),
        (
            "apiVersion: apps.kruise.io/v1alpha1\nkind: WorkloadSpread\nmetadata: {name: a}\n"
            "spec: {subsets: [{name: a, patch: {spec: {containers: [{$patch: delete}]}}}]}"
        ),
    ],
)
def test_text_and_patches_of_others_are_fine(text: str) -> None:
    assert fields(text) == []


KEYS = st.sampled_from(
    ["a", "b", "$patch", "$retainKeys", "$setElementOrder/a", "$deleteFromPrimitiveList/b", "$x"]
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.text("$patch a"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, VALUES, max_size=3))
@settings(deadline=None)
def test_no_directive_is_overlooked_by_the_look_at_the_text(spec: dict[str, Any]) -> None:
    data: Any = {
        "apiVersion": "example.com/v1",
        "kind": "Shop",
        "metadata": {"name": "a"},
        "spec": spec,
    }
    found = left_directives(Manifest(object_ref(data), data, "a"))
    assert bool(found) <= may_hold_directives(write(data))
    assert len({one.field for one in found}) == len(found)
