"""The admin interface of a mock, under `/__mock/`: described by its own contract and served by the same modules."""

from mockserver.admin.desk import Admin, make_admin
from mockserver.admin.gate import AdminGate

__all__ = ["Admin", "AdminGate", "make_admin"]
