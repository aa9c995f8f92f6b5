"""Checkpoints and resume states: safetensors files that hold numbers and JSON, never code.

Written whole or not at all (``hamlet.atomic``), named by an event with their SHA-256, and read
only when the file still has that hash.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from safetensors import SafetensorError

from hamlet.atomic import write_atomic
from hamlet.errors import HamletError
from hamlet.training.device import Live, host

__all__ = ["Rejected", "load", "save"]

_SCALARS = "scalars.json"


class Rejected(HamletError):
    """The file is not the one that was saved, or not of this run."""


def save(path: Path, arrays: Mapping[str, Live], scalars: Mapping[str, Any]) -> tuple[str, int]:
    """Write both to ``path``; returns the SHA-256 and the size in bytes. A file that
    holds just this already is left alone."""
    # safetensors' own metadata comes out in random order: equal states must give equal bytes.
    text = np.frombuffer(msgspec.json.encode(scalars, order="sorted"), np.uint8)
    # ascontiguousarray would make a vector of one out of a scalar.
    whole = {name: np.array(host(array), order="C", copy=None) for name, array in arrays.items()}
    data = safetensors.numpy.save(whole | {_SCALARS: text})
    sha256 = hashlib.sha256(data).hexdigest()
    if not (path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, data)
    return sha256, len(data)


def load(path: Path, sha256: str) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """The arrays and scalars that ``save`` wrote; raises ``Rejected`` with the reason."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Rejected(f"{path}: {error.strerror}") from None
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise Rejected(f"{path}: SHA-256 is {found[:12]}…, the log says {sha256[:12]}…")
    try:
        arrays = safetensors.numpy.load(data)
        scalars = msgspec.json.decode(arrays.pop(_SCALARS).tobytes())
    except (SafetensorError, KeyError, ValueError) as error:
        raise Rejected(f"{path}: {error}") from None
    return arrays, scalars
