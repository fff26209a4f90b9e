"""Checks our archives against the official safetensors library; run by safetensors_test.cpp.

    safetensors_reader_test.py check FILE   FILE, written by mneme, holds what safetensors_test.cpp put there
    safetensors_reader_test.py write FILE   the official writer makes a file that mneme then reads

Exit code 77: this Python has no safetensors, nothing was checked.
"""
import ctypes
import struct
import sys

try:
    import safetensors
except ImportError:
    sys.exit(77)

# C++ name -> (name in a file, name for the writer, the bytes of 0 and 1)
DTYPES = {
    "Double": ("F64", "float64", struct.pack("<2d", 0, 1)),
    "Float": ("F32", "float32", struct.pack("<2f", 0, 1)),
    "Half": ("F16", "float16", struct.pack("<2e", 0, 1)),
    "BFloat16": ("BF16", "bfloat16", struct.pack("<2H", 0, 0x3F80)),
    "Long": ("I64", "int64", struct.pack("<2q", 0, 1)),
    "Int": ("I32", "int32", struct.pack("<2i", 0, 1)),
    "Short": ("I16", "int16", struct.pack("<2h", 0, 1)),
    "Char": ("I8", "int8", b"\0\1"),
    "Byte": ("U8", "uint8", b"\0\1"),
    "Bool": ("BOOL", "bool", b"\0\1"),
}


def check(path):
    with open(path, "rb") as file:
        found = {name: (entry["dtype"], list(entry["shape"]), bytes(entry["data"]))
                 for name, entry in safetensors.deserialize(file.read())}
    expected = {f"range.{name}": (dtype, [2], data) for name, (dtype, _, data) in DTYPES.items()}
    expected["weight"] = ("F32", [2, 2], struct.pack("<4f", 1, 2, 3, -0.5))
    expected["ids"] = ("I64", [], struct.pack("<q", -2))
    expected["flag"] = ("BOOL", [1], b"\1")
    expected["nothing"] = ("F32", [0, 3], b"")
    assert found == expected, f"{found}\nexpected\n{expected}"


def described(buffer, dtype, shape):
    """One tensor as the writer takes it: a TensorSpec, or a dictionary before version 0.8."""
    size = len(buffer)
    if hasattr(safetensors, "TensorSpec"):
        return safetensors.TensorSpec(dtype=dtype, shape=shape, data_ptr=ctypes.addressof(buffer), data_len=size)
    return {"dtype": dtype, "shape": shape, "data": bytes(buffer)}


def write(path):
    tensors = {f"range.{name}": (dtype, [2], data) for name, (_, dtype, data) in DTYPES.items()}
    tensors["scalar"] = ("int64", [], struct.pack("<q", -2))
    tensors["nothing"] = ("float32", [0, 3], b"")
    # The writer takes addresses: the buffers must live until it is done.
    buffers = {name: (ctypes.c_char * len(data)).from_buffer_copy(data) for name, (_, _, data) in tensors.items()}
    specs = {name: described(buffers[name], dtype, shape) for name, (dtype, shape, _) in tensors.items()}
    with open(path, "wb") as file:
        file.write(safetensors.serialize(specs, {"format": "mneme"}))


{"check": check, "write": write}[sys.argv[1]](sys.argv[2])
