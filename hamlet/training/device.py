"""Where networks live and learn: decided here, and nowhere else.

Networks, their optimizers and batches are on the device; worlds, replay and memories stay on the host, where numpy
and Numba work on them. What is saved goes by the host, so a state may be taken up on another device.
"""

from collections.abc import Iterable
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from hamlet.errors import ConfigError
from hamlet.training.settings import Device

__all__ = ["HOST", "Live", "device_of", "host", "lent", "live"]

HOST = torch.device("cpu")

Live = NDArray[Any] | Tensor
"""Written into, it is the owner's: an array of the host, or a tensor of another device."""


def device_of(wanted: Device) -> torch.device:
    """``auto``: the GPU where torch finds one, else the CPU. Raises ``ConfigError`` for a GPU that is not there."""
    there = torch.cuda.is_available()
    if wanted == "cuda" and not there:
        raise ConfigError("training.device", "cuda, but torch finds no GPU here", "write auto or cpu")
    return torch.device("cuda") if there and wanted != "cpu" else HOST


def lent(tensors: Iterable[Tensor], device: torch.device) -> Iterable[Tensor]:
    """``tensors`` on the device: themselves where they are there already."""
    return (tensor.to(device) for tensor in tensors)


def live(tensor: Tensor) -> Live:
    """``tensor`` as what a state is made of."""
    return tensor.numpy() if tensor.device == HOST else tensor


def host(held: Live) -> NDArray[Any]:
    """What ``held`` holds, for reading: itself, or a copy of what is elsewhere."""
    array: NDArray[Any] = held.cpu().numpy() if isinstance(held, Tensor) else held
    return array
