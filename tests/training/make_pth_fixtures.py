#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes tests/training/fixtures/pth: state dicts to be read (ok-*) and to be refused (bad-<defect>), and
expected.txt, which says in which words. Needs PyTorch for the ok-* files: run it in the environment of bench/train_speed.
"""
import io
import pathlib
import struct
import sys
import zlib

import torch

FOLDER = pathlib.Path(__file__).parent / "fixtures" / "pth"

# --- Pickles, opcode by opcode (names as in pickletools) ---
PROTO, STOP, MARK, NONE, TRUE, FALSE = b"\x80\x02", b".", b"(", b"N", b"\x88", b"\x89"
REDUCE, BUILD, PERSID = b"R", b"b", b"Q"
EMPTY_DICT, EMPTY_LIST, EMPTY_TUPLE, SETITEM, APPENDS, TUPLE1 = b"}", b"]", b")", b"s", b"e", b"\x85"


def text(value):
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def integer(value):
    data = value.to_bytes((value.bit_length() + 8) // 8, "little", signed=True)
    return b"\x8a" + bytes([len(data)]) + data


def call(name, *arguments):
    module, _, function = name.rpartition(".")
    return glob(name) + MARK + b"".join(arguments) + b"t" + REDUCE


def glob(name):
    module, _, function = name.rpartition(".")
    return b"c" + module.encode() + b"\n" + function.encode() + b"\n"


def integers(values):
    return MARK + b"".join(map(integer, values)) + b"t"


def storage(key="0", kind="Float", length=4, legacy=True):
    view = NONE if legacy else b""
    return MARK + text("storage") + glob(f"torch.{kind}Storage") + text(key) + text("cpu") + integer(length) + view + b"t" + PERSID


def tensor(shape=(4,), stride=(1,), offset=0, **of_storage):
    return call("torch._utils._rebuild_tensor_v2", storage(**of_storage), integer(offset), integers(shape), integers(stride),
                FALSE, call("collections.OrderedDict"))


def dictionary(**entries):
    return EMPTY_DICT + b"".join(text(key) + value + SETITEM for key, value in entries.items())


def pickled(value):
    return PROTO + value + STOP


# --- The two forms of a .pth file ---
MAGIC = bytes.fromhex("80028a0a6cfc9c46f9206aa850192e")
MACHINE = dictionary(protocol_version=integer(1001), little_endian=TRUE)
NUMBERS = struct.pack("<4f", 1, 2, 3, 4)


def legacy(value, keys=("0",), storages=None, version=integer(1001), machine=MACHINE):
    if storages is None:
        storages = struct.pack("<q", 4) + NUMBERS
    key_list = EMPTY_LIST + MARK + b"".join(map(text, keys)) + APPENDS
    return MAGIC + pickled(version) + pickled(machine) + pickled(value) + pickled(key_list) + storages


def zip_entry(name, content, position, method=0, flags=0, crc=None, size=None):
    """Local header with content, and central header."""
    name = name.encode()
    crc = zlib.crc32(content) if crc is None else crc
    size = len(content) if size is None else size
    common = struct.pack("<HHHHHIIIHH", 20, flags, method, 0, 0, crc, len(content), size, len(name), 0)
    local = b"PK\3\4" + common + name + content
    central = b"PK\1\2" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, position) + name
    return local, central


def archive(entries, position_of=lambda name, position: position, zip64=False, **options):
    body, directory = b"", b""
    for name, content in entries:
        own = options.get(name, {})
        local, central = zip_entry(name, content, position_of(name, len(body)), **own)
        if zip64:  # sizes and place in the extra field, as for archives beyond 4 GiB
            extra = struct.pack("<HHQQQ", 1, 24, len(content), len(content), len(body))
            central = central[:20] + b"\xff" * 8 + central[28:30] + struct.pack("<H", len(extra)) + central[32:42] + b"\xff" * 4 + central[46:] + extra
        body += local
        directory += central
    count, place, size = len(entries), len(body), len(directory)
    if zip64:
        end64 = b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, size, place)
        directory += end64 + b"PK\6\7" + struct.pack("<IQI", 0, place + size, 1)
        count, place, size = 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF
    return body + directory + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, size, place, 0)


def overlapping():
    """Many names for the same bytes."""
    names = [f"a/data/{i}" for i in range(9)]
    local, _ = zip_entry(names[0], bytes(1000), 0)
    directory = b"".join(zip_entry(name, bytes(1000), 0)[1] for name in names)
    return local + directory + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 9, 9, len(directory), len(local), 0)


ZIP_PICKLE = ("a/data.pkl", pickled(dictionary(x=tensor(legacy=False))))
ZIP_ORDER = ("a/byteorder", b"little")
ZIP_STORAGE = ("a/data/0", NUMBERS)
ZIP_ENTRIES = [ZIP_PICKLE, ZIP_ORDER, ZIP_STORAGE]

ATTACK = glob("os.system") + text("touch /tmp/owned") + TUPLE1 + REDUCE
OK_LEGACY = legacy(dictionary(x=tensor()))
HUGE = 1 << 40

# --- name: (bytes, words of the refusal) ---
BAD = {
    "empty": (b"", "begins neither"),
    "text": (b"epoch,loss\n1,0.5\n", "begins neither"),
    "calls-os-system": (legacy(dictionary(x=ATTACK)), "asks for os.system"),
    "calls-os-system-in-zip": (archive([("a/data.pkl", pickled(ATTACK))]), "asks for os.system"),
    "calls-os-system-as-keys": (MAGIC + pickled(integer(1001)) + pickled(MACHINE) + pickled(dictionary()) + pickled(ATTACK), "asks for os.system"),
    "asks-for-control-characters": (legacy(b"cos\x1b[2J\nsystem\n"), "asks for os?[2J.system"),
    "calls-a-text": (legacy(text("os.system") + EMPTY_TUPLE + REDUCE), "calls something that is no function"),
    "opcode-inst": (legacy(MARK + b"ios\nsystem\n"), "uses opcode 105"),
    "protocol-4": (archive([("a/data.pkl", b"\x80\x04}.")]), "protocol 2"),
    "integer-of-80-bits": (legacy(integer(1 << 78)), "more than 64 bits"),
    "pops-empty-stack": (legacy(b"s"), "takes more from its stack"),
    "pops-below-mark": (legacy(EMPTY_DICT + MARK + SETITEM), "takes more from its stack"),
    "no-mark": (legacy(b"t"), "a mark that it never set"),
    "recalls-nothing": (legacy(b"h\x07"), "never remembered"),
    "remembers-nothing": (legacy(b"q\x00"), "remembers an object that is not there"),
    "appends-to-dict": (legacy(EMPTY_DICT + NONE + b"a"), "object of the wrong kind"),
    "builds-text": (legacy(text("x") + EMPTY_DICT + BUILD), "object of the wrong kind"),
    "key-without-value": (legacy(EMPTY_DICT + MARK + text("x") + b"u"), "a key without a value"),
    "not-a-dict": (legacy(EMPTY_LIST, keys=(), storages=b""), "holds no dict"),
    "number-as-key": (legacy(EMPTY_DICT + integer(1) + tensor() + SETITEM), "a key of the dict is no text"),
    "entry-no-tensor": (legacy(dictionary(x=integer(1)), keys=(), storages=b""), "entry x is no tensor"),
    "name-twice": (legacy(dictionary(x=tensor()) + text("x") + tensor() + SETITEM), "tensor x comes twice"),
    "holds-itself": (legacy(EMPTY_DICT + b"q\x00" + text("x") + b"h\x00" + SETITEM, keys=(), storages=b""), "entry x is no tensor"),
    "state-dict-is-itself": (legacy(EMPTY_DICT + b"q\x00" + text("state_dict") + b"h\x00" + SETITEM, keys=(), storages=b""),
                             "entry state_dict is no tensor"),
    "shape-is-itself": (legacy(EMPTY_LIST + b"q\x00" + b"h\x00" + b"a" + call("torch._utils._rebuild_tensor_v2", storage(), integer(0), b"h\x00", b"h\x00", FALSE, NONE)),
                        "makes a tensor in an unknown way"),
    "negative-stride": (legacy(dictionary(x=tensor(shape=(4,), stride=(-1,), offset=3))), "x reaches beyond its storage"),
    "negative-offset": (legacy(dictionary(x=tensor(offset=-1))), "x reaches beyond its storage"),
    "negative-shape": (legacy(dictionary(x=tensor(shape=(-4,)))), "x reaches beyond its storage"),
    "offset-beyond": (legacy(dictionary(x=tensor(offset=1))), "x reaches beyond its storage"),
    "offset-beyond-empty": (legacy(dictionary(x=tensor(shape=(0,), offset=HUGE))), "x reaches beyond its storage"),
    "shape-overflows-empty": (legacy(dictionary(x=tensor(shape=(0, HUGE, HUGE), stride=(0, 0, 0)))), "x reaches beyond its storage"),
    "stride-beyond": (legacy(dictionary(x=tensor(shape=(2, 2), stride=(3, 1)))), "x reaches beyond its storage"),
    "stride-overflows": (legacy(dictionary(x=tensor(shape=(5, 2), stride=(1 << 61, 1)))), "x reaches beyond its storage"),
    "shape-overflows": (legacy(dictionary(x=tensor(shape=(HUGE, HUGE), stride=(0, 0)))), "x reaches beyond its storage"),
    "repeats-storage": (legacy(dictionary(x=tensor(shape=(HUGE,), stride=(0,)))), "x reaches beyond its storage"),
    "rank-17": (legacy(dictionary(x=tensor(shape=(1,) * 17, stride=(1,) * 17))), "makes a tensor in an unknown way"),
    "rank-differs": (legacy(dictionary(x=tensor(shape=(2, 2), stride=(1,)))), "makes a tensor in an unknown way"),
    "storage-of-unknown-type": (legacy(dictionary(x=tensor(kind="ComplexFloat"))), "asks for torch.ComplexFloatStorage"),
    "storage-negative": (legacy(dictionary(x=tensor(length=-4))), "describes a storage in an unknown way"),
    "storage-huge": (legacy(dictionary(x=tensor(length=(1 << 63) - 1)), storages=struct.pack("<q", (1 << 63) - 1)), "not the 9223372036854775807"),
    "storage-ends-early": (legacy(dictionary(x=tensor(length=HUGE)), storages=struct.pack("<q", HUGE) + NUMBERS), "ends in the middle of its numbers"),
    "storage-other-length": (legacy(dictionary(x=tensor(length=5))), "4 elements and not the 5"),
    "storage-two-types": (legacy(dictionary(x=tensor(), y=tensor(kind="Int"))), "describes storage 0 in two ways"),
    "storage-missing": (legacy(dictionary(x=tensor()), keys=(), storages=b""), "storage 0 is missing"),
    "storage-twice": (legacy(dictionary(x=tensor()), keys=("0", "0")), "does not match its tensors"),
    "storage-of-nothing": (legacy(dictionary(x=tensor()), keys=("1",)), "does not match its tensors"),
    "trailing-bytes": (OK_LEGACY + b"\0", "goes on after its last number"),
    "big-endian": (legacy(dictionary(x=tensor()), machine=dictionary(little_endian=FALSE)), "big-endian"),
    "legacy-version": (legacy(dictionary(x=tensor()), version=integer(1002)), "unknown version"),
    "zip-big-endian": (archive([ZIP_PICKLE, ("a/byteorder", b"big"), ZIP_STORAGE]), "big-endian"),
    "zip-without-pickle": (archive([("a/readme", b"hello")]), "without a data.pkl"),
    "zip-two-pickles": (archive([ZIP_PICKLE, ("b/data.pkl", b""), ZIP_STORAGE]), "more than one data.pkl"),
    "zip-storage-missing": (archive([ZIP_PICKLE]), "storage 0 is missing"),
    "zip-storage-short": (archive([ZIP_PICKLE, ("a/data/0", NUMBERS[:15])]), "15 bytes, which are not the 4 elements"),
    "zip-entry-twice": (archive([ZIP_PICKLE, ZIP_STORAGE, ZIP_STORAGE]), "a/data/0 comes twice"),
    "zip-wrong-crc": (archive(ZIP_ENTRIES, **{"a/data/0": {"crc": 0}}), "a/data/0 is damaged: its checksum differs"),
    "zip-compressed": (archive(ZIP_ENTRIES, **{"a/data/0": {"method": 8}}), "a/data/0 is compressed"),
    "zip-sizes-differ": (archive(ZIP_ENTRIES, **{"a/data/0": {"size": 1 << 30}}), "a/data/0 is compressed"),
    "zip-encrypted": (archive(ZIP_ENTRIES, **{"a/data/0": {"flags": 1}}), "a/data/0 is encrypted"),
    "zip-overlapping": (overlapping(), "zip entries overlap"),
    "zip-header-elsewhere": (archive(ZIP_ENTRIES, position_of=lambda name, position: position + 1), "is not where the zip directory says"),
    "zip-directory-outside": (archive(ZIP_ENTRIES)[:-6] + b"\xff\xff\xff\x7f\0\0", "lies outside of it"),
    "zip64-end-elsewhere": (archive(ZIP_ENTRIES, zip64=True).replace(b"PK\6\6", b"PK\6\0"), "zip64 directory is damaged"),
}


def every_kind():
    """Types, views and shapes; state_dict_test.cpp knows the numbers."""
    base = torch.arange(6.0).reshape(2, 3) / 2
    module = torch.nn.BatchNorm2d(2)
    result = module.state_dict()  # an OrderedDict with _metadata
    result.update({
        "float": base,
        "transposed": base.t(),
        "double": torch.tensor([0.1, -1e300, 2.0**-149], dtype=torch.float64),
        "half": torch.tensor([1.5, -2.0, 65504.0, 2.0**-24, float("-inf"), float("nan")], dtype=torch.float16),
        "bfloat16": torch.tensor([1.0, -3.140625, 1e38], dtype=torch.bfloat16),
        "int64": torch.tensor([-(1 << 40), 7]),
        "int32": torch.tensor([-100000], dtype=torch.int32),
        "int16": torch.tensor([-300], dtype=torch.int16),
        "int8": torch.tensor([-1], dtype=torch.int8),
        "uint8": torch.tensor([255], dtype=torch.uint8),
        "bool": torch.tensor([True, False]),
        "channels_last": torch.arange(24.0).reshape(1, 2, 3, 4).contiguous(memory_format=torch.channels_last),
        "slice": torch.arange(10.0)[3:8:2],
        "expanded": torch.tensor([2.0]).expand(3),
        "empty": torch.zeros(0, 4),
        "parameter": torch.nn.Parameter(torch.tensor([1.0, 2.0])),
    })
    return result


def saved(value, **options):
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*"):
        old.unlink()
    (FOLDER / "ok-zip.pth").write_bytes(saved(every_kind()))
    (FOLDER / "ok-legacy.pth").write_bytes(saved(every_kind(), _use_new_zipfile_serialization=False))
    checkpoint = {"epoch": 3, "loss": 0.25, "betas": [0.9, 0.999], "best": None, "state_dict": {"x": torch.arange(4.0) + 1}}
    (FOLDER / "ok-checkpoint.pth").write_bytes(saved(checkpoint))
    (FOLDER / "ok-zip64.pth").write_bytes(archive(ZIP_ENTRIES, zip64=True))
    (FOLDER / "ok-handmade.pth").write_bytes(archive(ZIP_ENTRIES))
    (FOLDER / "ok-handmade-legacy.pth").write_bytes(OK_LEGACY)
    for name, (content, _) in BAD.items():
        (FOLDER / f"bad-{name}.pth").write_bytes(content)
    lines = [f"bad-{name}.pth\t{words}\n" for name, (_, words) in BAD.items()]
    (FOLDER / "expected.txt").write_text("".join(lines))
    print(len(BAD), "files to refuse,", sum(f.stat().st_size for f in FOLDER.glob("*")), "bytes in all", file=sys.stderr)


if __name__ == "__main__":
    main()
