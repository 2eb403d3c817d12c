"""What every store promises, whatever database is behind it: a backend's test class inherits it all."""

from __future__ import annotations

from tests.store_contract.applying import ApplyingContract
from tests.store_contract.builds import BuildsContract
from tests.store_contract.details import DetailsContract
from tests.store_contract.entries import EntriesContract
from tests.store_contract.leases import LeasesContract
from tests.store_contract.merging import MergingContract
from tests.store_contract.purging import PurgingContract
from tests.store_contract.rederiving import RederivingContract
from tests.store_contract.schedule import ScheduleContract
from tests.store_contract.showing import ShowingContract


class StoreContract(
    ApplyingContract,
    BuildsContract,
    DetailsContract,
    EntriesContract,
    LeasesContract,
    MergingContract,
    PurgingContract,
    RederivingContract,
    ScheduleContract,
    ShowingContract,
):
    """All of it."""
