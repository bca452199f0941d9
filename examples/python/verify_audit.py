"""Checks a JUNO audit bundle without JUNO, with the standard library and an Ed25519 package (pip install cryptography).

    python examples/python/verify_audit.py BUNDLE [--key KEY] [--against OLDER_CHECKPOINT]

Exits with 0 if everything holds, 1 if not, 2 if a file cannot be read. Format: juno-core/src/docs/audit-bundle.md.
"""
import argparse, base64, hashlib, json, re, sys
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

RECORD = re.compile(rb'\A\{"index":(0|[1-9]\d{0,18}),"leaf":"([0-9a-f]{64})","event":(.*)\}\n\Z', re.DOTALL)
PAYLOAD = re.compile(rb'\A\{"payload":(.*),"salt":"([0-9a-f]{64})"\}\n\Z', re.DOTALL)
SEALED = re.compile(rb'\A\{"_sealed":"([0-9a-f]{64})",')
WRONG = (ValueError, TypeError, LookupError, OverflowError, RecursionError, InvalidSignature)
OLDER_WRONG = "an older checkpoint in the bundle, or its proof, is wrong"
Key = tuple[str, bytes, bytes]

class Bad(Exception):
    """The first thing that is wrong, in words."""

def need(good: bool, otherwise: str = "") -> None:
    if not good:
        raise Bad(otherwise) if otherwise else ValueError

def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()

def unbase64(text: str) -> bytes:
    raw = base64.b64decode(text, validate=True)
    need(base64.b64encode(raw).decode() == text)
    return raw

def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    need(len(dict(pairs)) == len(pairs))
    return dict(pairs)

def frame(line: bytes, *names: str) -> list[Any]:
    """The members of a line that is no record. Each line has one form, and this is it."""
    value = json.loads(line.decode())
    again = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    need(list(value) == list(names) and f"{again}\n".encode() == line)
    return list(value.values())

def parse(text: bytes, place: str) -> None:
    """Refuses what is no JSON, and JSON in which two readers could see two things."""
    for say, keep in ("it cannot be read", dict), ("it is not in canonical form", unique):
        try:
            json.loads(text.decode(), parse_constant=int, object_pairs_hook=keep)
        except WRONG:
            raise Bad(f"{place}{say}") from None

def receipt(event: bytes) -> list[tuple[int, int]]:
    """The runs of records whose payload was erased, if this is the record that says so."""
    try:
        value = json.loads(event)
        return [(first, last) for first, last in value["payload"]["records"] if value["kind"] == "payload_erased"]
    except WRONG:
        return []

def read_key(text: str, kind: int) -> Key:
    name, key_id, code = text.split("+", 2)
    raw = unbase64(code)
    need(raw[0] == kind and len(raw) == 33 and sha256(f"{name}\n".encode(), raw)[:4].hex() == key_id)
    need(len(name.split()) == 1 and name == name.strip())
    return name, bytes.fromhex(key_id), raw[1:]

def signed(note: str, keys: list[Key], others: bool = False) -> tuple[int, bytes, str]:
    """Size and root of a checkpoint that these keys have signed, the log's first, and what to say about witnesses."""
    (text, lines), seen = note.rsplit("\n\n", 1), ""
    origin, size, root = text.split("\n")[:3]
    signatures = [line for line in lines.split("\n")[:-1] if not others or line.startswith(f"— {keys[0][0]} ")]
    need(origin == keys[0][0] and str(int(size)) == size and len(signatures) == len(keys) and note.endswith("\n"))
    for (name, key_id, public), line in zip(keys, signatures):
        need(line.startswith(f"— {name} "))
        raw, message = unbase64(line.split(" ")[-1]), f"{text}\n"
        if line is not signatures[0]:
            seconds = int.from_bytes(raw[4:12], "big")
            raw, message = raw[:4] + raw[12:], f"cosignature/v1\ntime {seconds}\n{message}"
            seen += f"; seen by {name} at {datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
        need(raw[:4] == key_id)
        Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], message.encode())
    return int(size), unbase64(root), seen

def tree(leaves: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1."""
    half = 1 << max(len(leaves) - 1, 1).bit_length() - 1
    return sha256(b"\1", tree(leaves[:half]), tree(leaves[half:])) if len(leaves) > 1 else (*leaves, sha256())[0]

def proof(older: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """RFC 9162, 2.1.4.1. There is only one, and all leaves are here: so it is made anew and compared."""
    if older in (0, len(leaves)):
        return [] if whole else [tree(leaves)]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if older <= half:
        return [*proof(older, leaves[:half], whole), tree(leaves[half:])]
    return [*proof(older - half, leaves[half:], False), tree(leaves[:half])]

def verify(lines: Iterable[bytes], key: str = "", against: str = "") -> str:
    """What there is to say about a bundle that is as it was written; raises `Bad` about any other."""
    rest, leaves, heads, paths, last = iter(lines), list[bytes](), [], list[list[str]](), None
    sealed, gone, receipts = b"", list[int](), list[tuple[int, int]]()
    otherwise = "the first line is not that of a bundle this version reads"
    try:
        form, own, older, others = frame(next(rest, b""), "format", "key", "older", "witnesses")
        keys = [read_key(own, 1), *(read_key(other, 4) for other in others)]
        need(form == "juno-audit-bundle/1" and type(older) is int and older >= 0)
        need(key in ("", own), "the key of the bundle is not the expected one")
        otherwise = "the older checkpoint is not signed by the key of the bundle"
        heads += [signed(against, keys[:1], others=True)] if against else []
        otherwise = OLDER_WRONG
        for _ in range(older):
            text, path = frame(next(rest, b""), "older", "path")
            heads, paths = [*heads, signed(text, keys[:1])], [*paths, path]
        for line in rest:
            place = f"record {len(leaves)}: "
            need(last is None, f"{place}it lies beyond the end of the log")
            if line.startswith(b'{"checkpoint":') and line.endswith(b"\n"):
                otherwise = "the checkpoint is not signed by the keys of the bundle"
                last = signed(frame(line, "checkpoint")[0], keys)
                continue
            if line.startswith(b'{"payload":') and line.endswith(b"\n"):
                place = f"record {len(leaves) - 1}: " if leaves else ""
                otherwise = f"{place}its payload is not what was committed to"
                [(content, salt)] = PAYLOAD.findall(line)
                need(sha256(b"\2", bytes.fromhex(salt.decode()), content).hex().encode() == sealed)
                sealed = b""
                parse(content, place)
                continue
            gone += [len(leaves) - 1] if sealed else []
            otherwise = f"{place}it cannot be read"
            [(index, leaf, event)] = RECORD.findall(line)
            need(int(index) == len(leaves), f"{place}another record stands in its place")
            leaves.append(sha256(b"\0", event))
            need(leaves[-1].hex().encode() == leaf, f"{place}its content is not what was recorded")
            parse(event, place)
            receipts += receipt(event) if gone else []
            sealed = SEALED.findall(event)[0] if SEALED.match(event) else b""
    except WRONG:
        raise Bad(otherwise) from None
    count, gone = len(leaves), gone + ([len(leaves) - 1] if sealed else [])
    if last is None:
        raise Bad(f"record {count}: the line with the signed checkpoint is missing")
    size, root, seen = last
    need(size <= count, f"record {count}: it is missing")
    need(size >= count, f"record {size}: it lies beyond the end of the log")
    need(tree(leaves) == root, "the records do not give the root of the log")
    for old, old_root, _ in heads:
        need(old <= size, f"record {size}: the log is shorter than the older head")
        need(tree(leaves[:old]) == old_root, "the records are not those of the older head")
    for lost in (place for place in gone if not any(first <= place <= end for first, end in receipts)):
        raise Bad(f"record {lost}: its payload is gone, and no receipt says that it was erased")
    for (old, *_), path in zip(heads[len(heads) - len(paths) :], paths):
        need([node.hex() for node in proof(old, leaves)] == path, OLDER_WRONG)
    erased = f"; payload erased, commitment intact: {len(gone)}" if gone else ""
    return f"verified: {size} records of {keys[0][0]}, root {root.hex()}{erased}{seen}"

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Checks an audit bundle without JUNO.")
    parser.add_argument("bundle")
    parser.add_argument("--key", default="", help="the key of the log as its keeper published it")
    parser.add_argument("--against", metavar="OLDER_CHECKPOINT", help="one that was kept elsewhere")
    given = parser.parse_args()
    try:
        older = open(given.against, encoding="utf-8").read() if given.against else ""
        print(verify(open(given.bundle, "rb"), given.key, older))
    except Bad as bad:
        print(f"NOT verified: {bad}")
        sys.exit(1)
    except OSError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
