# Answers questions about versions, specifiers, names, wheels and tags with the
# reference implementation. Reads one JSON object a line, writes one a line.
import email
import json
import platform
import re
import sys

try:
    import packaging
    from packaging import markers, requirements, specifiers, tags, utils, version
except ImportError:
    from pip._vendor import packaging
    from pip._vendor.packaging import markers, requirements, specifiers, tags, utils, version

if int(packaging.__version__.split(".")[0]) < 26:
    # Up to 21 it takes versions that PEP 440 does not know; up to 25 it excludes
    # more from "<" and ">" than PEP 440 says.
    sys.exit("packaging %s is too old" % packaging.__version__)


def parse_version(text):
    v = version.Version(text)
    return {"text": str(v), "pre": v.is_prerelease, "post": v.is_postrelease, "local": v.local or "",
            "release": [str(n) for n in v.release]}


def compare(a, b):
    a, b = version.Version(a), version.Version(b)
    return (a > b) - (a < b)


def contains(text, candidates):
    s = specifiers.SpecifierSet(text)
    return [[s.contains(version.Version(c), prereleases=True) for c in candidates],
            [s.contains(version.Version(c), prereleases=bool(s.prereleases)) for c in candidates]]


def wheel(text):
    name, v, build, found = utils.parse_wheel_filename(text)
    return {"name": str(name), "version": str(v), "build": "".join(str(b) for b in build),
            "tags": sorted(str(t) for t in found)}


def sdist(text):
    name, v = utils.parse_sdist_filename(text)
    return {"name": str(name), "version": str(v)}


def requirement(text):
    r = requirements.Requirement(text)
    return {"name": utils.canonicalize_name(r.name), "extras": sorted(utils.canonicalize_name(e) for e in r.extras),
            "url": r.url or "", "specifiers": len(r.specifier),
            "marker": r.marker is not None}


def marker(text):
    markers.Marker(text)
    return True


def metadata(text):
    m = email.message_from_string(text)
    fields = [[k, "\n".join(line.strip(" \t") for line in re.split("\r\n|\r|\n", v)).rstrip("\n")] for k, v in m.items()]
    return {"fields": fields, "body": m.get_payload()}


def client(_):
    libc, libc_version = platform.libc_ver()
    return {"implementation": platform.python_implementation(), "python": platform.python_version(),
            "system": platform.system(), "machine": platform.machine(), "libc": libc, "libc_version": libc_version,
            "tags": [str(t) for t in tags.sys_tags()]}


FUNCTIONS = {f.__name__: f for f in (parse_version, compare, contains, wheel, sdist, requirement, marker, metadata, client)}
for line in sys.stdin:
    question = json.loads(line)
    try:
        answer = {"answer": FUNCTIONS[question["do"]](*question["with"])}
    except Exception as e:
        answer = {"error": type(e).__name__}
    print(json.dumps(answer))
