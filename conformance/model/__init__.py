"""The passive model: watches every exchange of a run, and knows what the target has promised so far."""

from __future__ import annotations

from conformance.model.model import Model, promises_in
from conformance.model.remark import Remark

__all__ = ["Model", "Remark", "promises_in"]
