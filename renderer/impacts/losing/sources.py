"""What the sources of Flux hold, and who names them.

https://fluxcd.io/flux/components/source/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.checks.pods import mapping, text
from renderer.impacts.fields import spec_of
from renderer.kubernetes.manifests import ObjectRef

if TYPE_CHECKING:
    from renderer.kubernetes.manifests import Manifest

GROUP = "source.toolkit.fluxcd.io"
KINDS = tuple((GROUP, kind) for kind in ("Bucket", "GitRepository", "HelmChart", "OCIRepository"))

# What tells where the content is from and which part of it; not which version of it.
_PLACE = ("url", "bucketName", "endpoint", "prefix", "ignore", "sparseCheckout", "include")


def named(spec: dict[str, Any], by: ObjectRef) -> ObjectRef | None:
    """The source that a Kustomization names."""
    return _object(mapping(spec.get("sourceRef")), by)


def charted(spec: dict[str, Any], by: ObjectRef) -> ObjectRef | None:
    """The source that a HelmRelease names for its chart, if it names one so."""
    return _object(mapping(spec.get("chartRef")), by)


def _object(reference: dict[str, Any], by: ObjectRef) -> ObjectRef | None:
    if not reference:
        return None
    home = text(reference.get("namespace")) or by.namespace
    return ObjectRef(GROUP, text(reference.get("kind")), home, text(reference.get("name")))


def chart_of(source: Manifest) -> str:
    """What the chart of a source is called, as far as it says so: a chart in a registry is called
    as the last part of its address (https://helm.sh/docs/topics/registries/)."""
    spec = spec_of(source)
    return last_part(text(spec.get("chart" if source.ref.kind == "HelmChart" else "url")))


def other_content(old: Manifest, new: Manifest) -> str:
    """The field by which a source holds something else now, and not another version of it."""
    before, after = map(spec_of, (old, new))
    was, now = _place(before), _place(after)
    field = next((one for one in now if was[one] != now[one]), "")
    branches = [text(mapping(one.get("ref")).get("branch")) for one in (before, after)]
    if not field and all(branches) and branches[0] != branches[1]:
        field = "ref/branch"  # where one of both is a tag, that is a version of it
    return f"/spec/{field}" if field else ""


def _place(spec: dict[str, Any]) -> dict[str, Any]:
    ignored = map(str.strip, text(spec.get("ignore")).splitlines())
    return {
        **{field: spec.get(field) or None for field in _PLACE},
        "url": repository(text(spec.get("url"))),
        "ignore": [one for one in ignored if one and not one.startswith("#")],
    }


def repository(url: str) -> str:
    """A repository by its address, whichever way leads to it."""
    place = url.partition("://")[2] or url
    host, _, path = place.rpartition("@")[2].replace(":", "/", 1).partition("/")
    return f"{host}/{path.strip('/').removesuffix('.git')}"


def steps(path: Any) -> list[str]:
    """A path in the words of all: `./a/` is `a`."""
    return [one for one in text(path).split("/") if one not in ("", ".")]


def last_part(path: str) -> str:
    """The last name of a path or address."""
    return path.rstrip("/").rpartition("/")[2]
