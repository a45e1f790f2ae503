"""Nothing is lost and nothing told twice: the quick part of faults.py, which runs the whole by itself."""
import pytest

from fault_cells import QUICK
from faults import run_cell
from lab import Lab


@pytest.fixture(scope="module")
def three_managers():
    with Lab(managers=3, workers=0) as swarm:
        yield swarm


@pytest.mark.parametrize("name, store", [(name, store) for name, cell in QUICK.items() for store in cell.stores])
def test_every_change_is_told_once(three_managers, name, store):
    result = run_cell(three_managers, name, store, QUICK[name])
    assert result.ok(), "\n".join([result.row(), *result.details()])
