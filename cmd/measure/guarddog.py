"""Runs GuardDog's source rules over artifacts that stay in memory.

GuardDog itself unpacks what it scans into a folder. Malicious samples must not reach a disk under their names, so its
analyser is given a file system that is a dictionary. Scores are what `guarddog pypi scan FILE` computes.

Reads from standard input, for each artifact, a JSON line {"size": BYTES} and its bytes; writes a JSON line for each:
{"score": 0 to 10, "cpu": SECONDS} or {"error": TEXT, "cpu": SECONDS}. The first line is {"cpu": SECONDS} of the start.
"""
import io
import json
import os
import sys
import tarfile
import time
import types
import zipfile

answers = os.fdopen(os.dup(1), "w", buffering=1)
sys.stdout = sys.stderr  # what libraries print is no answer

import guarddog.analyzer.analyzer as target
from guarddog.ecosystems import ECOSYSTEM
from guarddog.utils.config import MAX_COMPRESSION_RATIO, MAX_FILE_COUNT, MAX_UNCOMPRESSED_SIZE

ROOT = "/artifact"
files = {}


def walk(top):
    """os.walk over the dictionary, in GuardDog's own order."""
    folders = {top: (set(), [])}
    for path in files:
        parent, name = os.path.split(path)
        folders.setdefault(parent, (set(), []))[1].append(name)
        while parent != top:
            above, name = os.path.split(parent)
            folders.setdefault(above, (set(), []))[0].add(name)
            parent = above
    pending = [top]
    while pending:
        root = pending.pop()
        names, here = folders[root]
        names = sorted(names)
        yield root, names, here
        pending.extend(os.path.join(root, n) for n in reversed(names))


def open_member(path, mode="r", errors=None, **_):
    raw = io.BytesIO(files[path])
    return raw if "b" in mode else io.TextIOWrapper(raw, errors=errors)


class Rule:
    def __init__(self, rule):
        self.rule = rule

    def match(self, path):
        return self.rule.match(data=files[path])


yara = target.yara
target.os = types.SimpleNamespace(path=os.path, walk=walk, sep=os.sep)
target.open = open_member
target.yara = types.SimpleNamespace(compile=lambda **k: Rule(yara.compile(**k)))
target.get_metadata_detectors = lambda ecosystem: {}  # they ask the network


def unpack(data):
    """The members by path, within the limits that GuardDog sets."""
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as z:
            members = [m for m in z.infolist() if not m.is_dir()]
            check(len(members), sum(m.file_size for m in members), len(data))
            return {place(m.filename): z.read(m) for m in members}
    with tarfile.open(fileobj=io.BytesIO(data)) as t:
        members = [m for m in t.getmembers() if m.isfile()]
        check(len(members), sum(m.size for m in members), len(data))
        return {place(m.name): t.extractfile(m).read() for m in members}


def check(count, total, packed):
    if count > MAX_FILE_COUNT or total > MAX_UNCOMPRESSED_SIZE or total > packed * MAX_COMPRESSION_RATIO:
        raise ValueError("beyond the limits")


def place(name):
    path = os.path.normpath(os.path.join(ROOT, name))
    if not path.startswith(ROOT + "/"):
        raise ValueError("a member outside of the archive")
    return path


def main():
    global files
    analyzer = target.Analyzer(ECOSYSTEM.PYPI)
    print(json.dumps({"cpu": time.process_time()}), file=answers)
    for line in sys.stdin.buffer:
        size = json.loads(line)["size"]
        data = sys.stdin.buffer.read(size)
        begin = time.process_time()
        answer = {}
        try:
            files = unpack(data)
            found = analyzer.analyze_sourcecode(ROOT)
            answer["score"] = analyzer.calculate_package_risk_score(found)["score"]
        except Exception as e:
            answer["error"] = type(e).__name__
        answer["cpu"] = time.process_time() - begin
        files = {}
        print(json.dumps(answer), file=answers)


main()
