"""What the Pods of a tree start: each container of Airflow with what its program will see."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from e2e.api import Object

AIRFLOW = "apache/airflow"
_REFERENCE = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")


class Container(NamedTuple):
    """A container that runs Airflow, in a Pod or a Pod template of a tree.

    `environment` has a value for each name, or None where a Secret or the Pod itself has it.
    `files` are those that come from ConfigMaps, by their path in the container.
    """

    where: str
    namespace: str
    image: str
    environment: dict[str, str | None]
    commands: list[list[str]]
    files: dict[str, str]


class Tree(NamedTuple):
    """The manifests of a rendered tree."""

    name: str
    manifests: list[Object]

    def of_kind(self, kind: str) -> dict[tuple[str, str], Object]:
        """Those of a kind, by namespace and name."""
        return {
            (one["metadata"].get("namespace", ""), one["metadata"]["name"]): one
            for one in self.manifests
            if one["kind"] == kind
        }

    def pods(self) -> Iterator[tuple[str, Object]]:
        """What a Pod or a Pod template is called in a message, and the Pod itself.

        A Pod that is text in a ConfigMap, for Airflow to start, is one too.
        """
        for one in self.manifests:
            label = f"{self.name}: {one['kind']} {one['metadata']['name']}"
            spec = one.get("spec", {})
            spec = spec.get("jobTemplate", {}).get("spec", spec)
            if "template" in spec:
                template = spec["template"]
                namespace = one["metadata"]["namespace"]
                yield label, {**template, "metadata": {"namespace": namespace}}
            elif one["kind"] == "ConfigMap":
                for key, text in one.get("data", {}).items():
                    pod = yaml.safe_load(text) if key.endswith(".yaml") else None
                    if isinstance(pod, dict) and pod.get("kind") == "Pod":
                        yield f"{label} {key}", pod

    def containers(self) -> list[Container]:
        """Every container that runs Airflow's own image."""
        return [
            self._container(f"{label}, container {one['name']}", pod, one)
            for label, pod in self.pods()
            for one in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]
            if one["image"].partition(":")[0].partition("@")[0] == AIRFLOW
        ]

    def container(self, name: str) -> Container:
        """The only container of this name that is no init container's."""
        (found,) = (one for one in self.containers() if one.where.endswith(f"container {name}"))
        return found

    def _container(self, where: str, pod: Object, one: Object) -> Container:
        namespace = pod["metadata"]["namespace"]
        environment = self._environment(namespace, one)
        return Container(
            where=where,
            namespace=namespace,
            image=one["image"],
            environment=environment,
            commands=[[_expanded(word, environment) for word in argv] for argv in _commands(one)],
            files=self._files(namespace, pod, one),
        )

    def _environment(self, namespace: str, container: Object) -> dict[str, str | None]:
        environment: dict[str, str | None] = {}
        for source in container.get("envFrom", []):
            if "configMapRef" in source:
                environment |= self._config(namespace, source["configMapRef"]["name"])
        for variable in container.get("env", []):
            value = variable.get("value")
            reference = variable.get("valueFrom", {}).get("configMapKeyRef")
            if reference:
                value = self._config(namespace, reference["name"])[reference["key"]]
            environment[variable["name"]] = value and _expanded(value, environment)
        return environment

    def _files(self, namespace: str, pod: Object, container: Object) -> dict[str, str]:
        volumes = {one["name"]: one for one in pod["spec"].get("volumes", [])}
        files = {}
        for mount in container.get("volumeMounts", []):
            config = volumes[mount["name"]].get("configMap")
            for key, text in self._config(namespace, config["name"]).items() if config else ():
                path = PurePosixPath(mount["mountPath"])
                if mount.get("subPath") in (None, key):
                    files[str(path if "subPath" in mount else path / key)] = text
        return files

    def _config(self, namespace: str, name: str) -> dict[str, str]:
        found: dict[str, str] = self.of_kind("ConfigMap")[namespace, name].get("data", {})
        return found


def read(directory: Path) -> Tree:
    """The tree in a directory that `render` wrote."""
    files = sorted(directory.rglob("*.yaml"))
    return Tree(directory.name, [yaml.safe_load(file.read_text("utf-8")) for file in files])


def _commands(container: Object) -> list[list[str]]:
    """What the container and its probes run; arguments alone are those of the entry point."""
    main = [*container.get("command", []), *container.get("args", [])]
    probes: list[Any] = [
        container.get(f"{name}Probe", {}).get("exec", {}).get("command", [])
        for name in ("startup", "readiness", "liveness")
    ]
    return [argv for argv in [main, *probes] if argv]


def _expanded(text: str, environment: dict[str, str | None]) -> str:
    """As the kubelet expands `$(NAME)`; what a Secret has stays as it is."""

    def value(reference: re.Match[str]) -> str:
        found = environment.get(reference[1])
        return reference[0] if found is None else found

    return _REFERENCE.sub(value, text)
