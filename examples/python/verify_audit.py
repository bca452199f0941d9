"""Checks a JUNO audit bundle without JUNO, with the standard library and an Ed25519 package (pip install cryptography).

    python examples/python/verify_audit.py BUNDLE [--key KEY] [--against OLDER_CHECKPOINT]

Exits with 0 if everything holds, 1 if not, 2 if a file or an option cannot be read. Format: juno-core/src/docs/audit-bundle.md.
"""
import argparse, base64, hashlib, json, math, re, sys
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

RECORD = re.compile(rb'\A\{"index":(0|[1-9][0-9]{0,19}),"leaf":"([0-9a-f]{64})","event":(.*)\}\n\Z', re.DOTALL)
PAYLOAD = re.compile(rb'\A\{"payload":(.*),"salt":"([0-9a-f]{64})"\}\n\Z', re.DOTALL)
SEALED = re.compile(rb'\A\{"_sealed":"([0-9a-f]{64})",')
NAME, TEXT = r"[^\s\0-\x1f\x7f-\x9f+]+", r"[^\0-\x1f]+"
NOTE = re.compile(rf"\A({TEXT})\n(0|[1-9][0-9]{{0,18}})\n({TEXT})((?:\n{TEXT})*)\Z")
KEY, SIGNATURE = re.compile(rf"\A({NAME})\+([^+]+)\+(.+)\Z"), re.compile(rf"\A— ({NAME}) (.+)\Z")
WRONG = (ValueError, TypeError, LookupError, OverflowError, RecursionError, InvalidSignature)
OLDER_WRONG = "an older checkpoint in the bundle, or its proof, is wrong"
PRIME, EPOCH = 2**255 - 19, datetime(1970, 1, 1)
Signed = tuple[str, bytes, bytes]

class Bad(Exception):
    """The first thing that is wrong, in words."""

def need(good: bool, otherwise: str = "") -> None:
    if not good:
        raise Bad(otherwise) if otherwise else ValueError("it is not as it is written")

def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()

def unbase64(text: str) -> bytes:
    raw = base64.b64decode(text, validate=True)
    need(base64.b64encode(raw).decode() == text)
    return raw

def canonical(value: Any, level: int = 0) -> bytes:
    """RFC 8785. Refuses what is no text, no finite number, or nested deeper than 100 levels."""
    need(level < 100 or type(value) not in (tuple, list))
    if type(value) is tuple:
        members = {name: canonical(inner, level + 1) for name, inner in value}
        names = sorted(members, key=lambda name: name.encode("utf-16-be"))
        return b"{" + b",".join(canonical(name) + b":" + members[name] for name in names) + b"}"
    if type(value) is list:
        return b"[" + b",".join(canonical(inner, level + 1) for inner in value) + b"]"
    if type(value) is float:
        need(math.isfinite(value))
        short = value == 0 or 1e-6 <= abs(value) < 1e21
        return format(Decimal(repr(value or 0.0)).normalize(), "f" if short else "e").encode()
    return json.dumps(value, ensure_ascii=False).encode()

def read(text: bytes) -> tuple[Any, bool]:
    """JSON, and whether this is its one form. An object becomes a tuple of its members, so that none of them is lost."""
    value = json.loads(text.decode(), parse_int=float, parse_constant=int, object_pairs_hook=tuple)
    return value, canonical(value) == text

def frame(line: bytes, *names: str) -> list[Any]:
    """The members of a line that is no record."""
    value, exact = read(line.removesuffix(b"\n"))
    need(exact and line.endswith(b"\n") and type(value) is tuple and tuple(dict(value)) == names)
    return list(dict(value).values())

def count(value: Any) -> bool:
    return type(value) is float and value.is_integer() and 0 <= value < 2**64

def receipt(event: Any) -> list[list[float]]:
    """The runs of records whose payload was erased, if this is the record that says so."""
    fields = dict(event) if type(event) is tuple else {}
    payload = fields.get("payload") if fields.get("kind") == "payload_erased" else None
    runs: Any = dict(payload).get("records") if type(payload) is tuple else None
    good = type(runs) is list and all(type(run) is list and [*map(count, run)] == [True, True] for run in runs)
    return runs if good else []

def strong(point: bytes) -> bool:
    """Whether it is on the curve, and of no small order: under a key of one, anything verifies."""
    square, d = (int.from_bytes(point, "little") % 2**255) ** 2 % PRIME, -121665 * pow(121666, -1, PRIME)
    x = (square - 1) * pow(d * square + 1, -1, PRIME)
    return pow(x, PRIME // 2, PRIME) == 1 and square * (d * square * square + 2 * square - 1) % PRIME != 0

def read_key(text: str) -> Signed:
    """Name, id, and kind with key."""
    [(name, key_id, code)] = KEY.findall(text)
    raw = unbase64(code)
    need(raw[:1] in (b"\1", b"\4") and len(raw) == 33 and strong(raw[1:]))
    need(sha256(f"{name}\n".encode(), raw)[:4].hex() == key_id)
    return name, bytes.fromhex(key_id), raw

def read_note(note: str) -> tuple[str, str, int, bytes, list[Signed]]:
    """Text, origin, size and root of a checkpoint, and its signatures."""
    text, lines = note.rsplit("\n\n", 1)
    [(origin, size, root, _)] = NOTE.findall(text)
    found = [SIGNATURE.findall(line)[0] for line in lines[:-1].split("\n")]
    raws = [unbase64(code) for _, code in found]
    need(lines.endswith("\n") and int(size) < 2**63 and len(unbase64(root)) == 32)
    need(len(raws) <= 100 and all(len(raw) > 4 for raw in raws))
    return f"{text}\n", origin, int(size), unbase64(root), [(name, raw[:4], raw[4:]) for (name, _), raw in zip(found, raws)]

def signed(note: str, keys: list[Signed], only: bool = True) -> tuple[int, bytes, str]:
    """Size and root of a checkpoint that these keys have signed, the log's first, and what to say about witnesses."""
    (text, origin, size, root, signatures), seen = read_note(note), ""
    own = [next(iter([one for one in signatures if one[:2] == key[:2]]), key) for key in keys]
    need(origin == keys[0][0] and (own == signatures or not only))
    for (name, _, public), (_, _, raw) in zip(keys, own):
        message = text
        if public[0] == 4:
            seconds, raw = int.from_bytes(raw[:8], "big"), raw[8:]
            message = f"cosignature/v1\ntime {seconds}\n{text}"
            seen += f"; seen by {name} at {EPOCH + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"
        need(strong(raw[:32]))
        Ed25519PublicKey.from_public_bytes(public[1:]).verify(raw, message.encode())
    return size, root, seen

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

def verify(lines: Iterable[bytes], key: str | None = None, against: str | None = None) -> str:
    """What there is to say about a bundle that is as it was written; raises `Bad` about any other, and another error
    where key or older checkpoint cannot be read."""
    rest, leaves, heads, paths, last = iter(lines), list[bytes](), [], list[list[str]](), None
    sealed, gone, receipts = b"", list[int](), list[list[float]]()
    expected = read_key(key) if key is not None else None
    if against is not None:
        read_note(against)
    otherwise = "the first line is not that of a bundle this version reads"
    try:
        form, own, older, others = frame(next(rest, b""), "format", "key", "older", "witnesses")
        keys = [read_key(own), *map(read_key, others)]
        need(form == "juno-audit-bundle/1" and count(older) and type(others) is list)
        need([one[2][0] for one in keys] == [1] + [4] * len(others) and len({one[:2] for one in keys}) == len(keys))
        need(expected in (None, keys[0]), "the key of the bundle is not the expected one")
        otherwise = "the older checkpoint is not signed by the key of the bundle"
        heads += [signed(against, keys[:1], only=False)] if against is not None else []
        otherwise = OLDER_WRONG
        while len(paths) < older and (line := next(rest, None)) is not None:
            text, path = frame(line, "older", "path")
            need(type(path) is list and all(re.fullmatch("[0-9a-f]{64}", node) for node in path))
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
                sealed, otherwise = b"", f"{place}it cannot be read"
                need(read(content)[1], f"{place}it is not in canonical form")
                continue
            gone += [len(leaves) - 1] if sealed else []
            otherwise = f"{place}it cannot be read"
            [(index, leaf, event)] = RECORD.findall(line)
            need(int(index) < 2**64)
            need(int(index) == len(leaves), f"{place}another record stands in its place")
            leaves.append(sha256(b"\0", event))
            need(leaves[-1].hex().encode() == leaf, f"{place}its content is not what was recorded")
            value, exact = read(event)
            need(exact, f"{place}it is not in canonical form")
            receipts += receipt(value) if gone else []
            sealed = [*SEALED.findall(event), b""][0]
    except WRONG:
        raise Bad(otherwise) from None
    found, gone = len(leaves), gone + ([len(leaves) - 1] if sealed else [])
    if last is None:
        raise Bad(f"record {found}: the line with the signed checkpoint is missing")
    size, root, seen = last
    need(size <= found, f"record {found}: it is missing")
    need(size >= found, f"record {size}: it lies beyond the end of the log")
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
    parser.add_argument("--key", help="the key of the log as its keeper published it")
    parser.add_argument("--against", metavar="OLDER_CHECKPOINT", help="one that was kept elsewhere")
    given = parser.parse_args()
    try:
        older = open(given.against, "rb").read().decode() if given.against is not None else None
        print(verify(open(given.bundle, "rb"), given.key, older))
    except Bad as bad:
        print(f"NOT verified: {bad}")
        sys.exit(1)
    except (OSError, *WRONG) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
