"""Ageing by days past due."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.core import ageing


@pytest.mark.parametrize(
    ("days", "bucket"),
    [(-400, 0), (0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4), (180, 4), (181, 5), (9999, 5)],
)
def test_each_edge_belongs_to_the_bucket_it_ends(days, bucket):
    assert ageing.buckets(np.array([days])).tolist() == [bucket]


def test_amounts_are_summed_by_customer_and_bucket():
    found = ageing.tranches(
        np.array([0, 0, 1, 0]),
        np.array([100, 50, 7, 25]),
        np.array([110, 90, 40, 91]),
        as_of_day=100,
        customers=3,
        edges=(0, 30),
    )
    assert found.tolist() == [[100, 75, 0], [0, 0, 7], [0, 0, 0]]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2**53), st.integers(-500, 500)), max_size=40))
def test_no_amount_is_lost_or_moved_between_customers(items):
    customer, amount, due = (np.array([item[k] for item in items], dtype=np.int64) for k in range(3))
    found = ageing.tranches(customer, amount, due, as_of_day=0, customers=5)
    for row in range(5):
        assert found[row].sum() == sum(item[1] for item in items if item[0] == row)


def test_what_cannot_be_aged_is_refused():
    one = np.array([1])
    with pytest.raises(ValueError, match="must not be negative"):
        ageing.tranches(np.array([0]), np.array([-1]), one, as_of_day=1, customers=1)
    with pytest.raises(ValueError, match="rows lie between 0 and 0"):
        ageing.tranches(one, one, one, as_of_day=1, customers=1)
    with pytest.raises(ValueError, match="lengths differ"):
        ageing.tranches(one, one, np.array([1, 2]), as_of_day=1, customers=2)
    with pytest.raises(ValueError, match="edges: must rise"):
        ageing.buckets(one, (0, 30, 30))
