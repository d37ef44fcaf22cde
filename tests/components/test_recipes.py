"""What base/recipes/ has for a hand to create is valid beside the trees that it is meant for."""

from __future__ import annotations

import json
import shutil

from support import PROJECT, Repository

from components.stacks import write_clusters

_MEANT_FOR = {
    "copy-dags": "executor-celery broker-redis database-postgres results-redis storage-dynamic"
    " dags-dynamic",
    "downgrade-database": "executor-local database-postgres storage-nfs dags-nfs",
    "restore-database": "executor-local database-postgres database-backup storage-nfs dags-nfs",
}
_OTHER = (
    "executor-celery-kubernetes broker-redis database-postgres results-redis logs-ephemeral"
    " dags-git-sync git-sync-metrics"
)


def test_nothing_is_wrong_with_a_recipe(repository: Repository) -> None:
    recipes = PROJECT / "base" / "recipes"
    assert {path.stem for path in recipes.iterdir()} == {*_MEANT_FOR}
    write_clusters(repository, {**_MEANT_FOR, "other": _OTHER}, {})
    for name in _MEANT_FOR:
        file = repository.path / "overlays" / name / "kustomization.yaml"
        composed = json.loads(file.read_text())
        shutil.copy(recipes / f"{name}.yaml", file.parent)
        composed["resources"].append(f"{name}.yaml")
        composed["images"] = []  # a hand creates it as it is
        file.write_text(json.dumps(composed))
    checked = repository.run("check")
    assert checked.out + checked.err == f"{len(_MEANT_FOR) + 1} clusters: 0 errors, 0 warnings\n"
