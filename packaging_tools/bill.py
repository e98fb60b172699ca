"""The software bill of materials: CycloneDX 1.5, from what is really inside."""

from __future__ import annotations

import json
import platform
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from packaging_tools.licences import Part
from packaging_tools.product import NAME, SUMMARY, Product


def bill(built: Product, listed: Sequence[Part]) -> str:
    """Return the bill of a build as JSON; the same for the same build."""
    purl = f"pkg:generic/{NAME}@{built.version}"
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{purl}#{built.commit}')}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(built.moment, UTC).isoformat(),
            "component": {
                "type": "application",
                "bom-ref": purl,
                "name": NAME,
                "version": built.version,
                "description": SUMMARY,
                "licenses": [{"license": {"id": "MIT"}}],
                "purl": purl,
            },
        },
        "components": [_component(part) for part in listed],
        "dependencies": [{"ref": purl, "dependsOn": sorted(_purl(part) for part in listed)}],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _component(part: Part) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": _purl(part),
        "name": part.name,
        "version": part.version,
        "purl": _purl(part),
    }
    if part.licence and part.kind != "system":
        component["licenses"] = [{"license": {"name": part.licence}}]
    return component


def _purl(part: Part) -> str:
    version = quote(part.version, safe="")
    match part.kind:
        case "python":
            return f"pkg:pypi/{part.name.lower().replace('_', '-')}@{version}"
        case "system":
            release = platform.freedesktop_os_release()
            distro = f"{release['ID']}-{release.get('VERSION_ID', 'unstable')}"
            return f"pkg:deb/{release['ID']}/{quote(part.name)}@{version}?distro={distro}"
        case _:
            return f"pkg:generic/{part.name.lower()}@{version}"
