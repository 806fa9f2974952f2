#!/usr/bin/env python3
"""What may stand where in SARIF 2.1.0, without the prose: reduce.py SCHEMA > sarif-2.1.0.json

SCHEMA is sarif-schema-2.1.0.json of the OASIS standard (docs.oasis-open.org/sarif/sarif/v2.1.0), which may be copied and
used to implement it under the OASIS IPR policy. Descriptions, titles and defaults are left out.
"""
import json
import sys

PLAIN = ["type", "$ref", "required", "enum", "minimum", "maximum", "minItems", "uniqueItems"]


def reduced(node):
    if not isinstance(node, dict):
        return node
    out = {key: node[key] for key in PLAIN if key in node}
    for key in ("items", "additionalProperties"):
        if key in node:
            out[key] = reduced(node[key])
    for key in ("anyOf", "oneOf", "allOf"):
        if key in node:
            out[key] = [reduced(one) for one in node[key]]
    for key in ("properties", "definitions"):
        if key in node:
            out[key] = {name: reduced(one) for name, one in node[key].items()}
    return out


json.dump(reduced(json.load(open(sys.argv[1]))), sys.stdout, separators=(",", ":"), sort_keys=True)
print()
