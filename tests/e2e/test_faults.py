"""Nothing is lost and nothing told twice: the quick part of faults.py, which runs the whole by itself."""
import pytest

from faults import QUICK, redis_server, run_cell
from lab import Lab


@pytest.fixture(scope="module")
def three_managers():
    with Lab(managers=3, workers=0) as swarm:
        yield swarm


@pytest.fixture(scope="module")
def redis():
    with redis_server() as url:
        yield url


@pytest.mark.parametrize("name, store", [(name, store) for name, cell in QUICK.items() for store in cell.stores])
def test_every_change_is_told_once(three_managers, redis, name, store):
    result = run_cell(three_managers, name, store, redis if store == "redis" else None, cells=QUICK)
    assert result.ok(), f"{result.row()}\nlost {result.lost}\nrepeated {result.repeated}\nalso told {result.strange}"
