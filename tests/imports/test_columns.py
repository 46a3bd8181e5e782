"""Columns as codes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.core import columns, delimited
from jobs.core.columns import Dictionary


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(st.sampled_from("ab华0"), min_size=1, max_size=20), min_size=1, max_size=30))
def test_codes_lead_back_to_the_texts(texts: list[str]) -> None:
    piece = delimited.split("\n".join(texts).encode(), delimiter=ord(","), columns=1, final=True)
    found = columns.column(piece.buffer, piece.starts[:, 0], piece.ends[:, 0])
    assert [found.texts[code] for code in found.codes] == texts
    assert len(set(found.texts)) == len(found.texts)


def test_texts_are_told_apart_where_one_hash_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    real = columns._hashes
    monkeypatch.setattr(columns, "_hashes", lambda *a: (np.zeros_like(real(*a)[0]), real(*a)[1]))
    piece = delimited.split(b"a\nb\na\nc", delimiter=ord(","), columns=1, final=True)
    found = columns.column(piece.buffer, piece.starts[:, 0], piece.ends[:, 0])
    assert [found.texts[code] for code in found.codes] == ["a", "b", "a", "c"]


def test_a_dictionary_folds_width_and_space() -> None:
    dictionary = Dictionary()
    assert dictionary.codes(["A1", " A1 ", "Ａ１", "", "　", "B"]).tolist() == [0, 0, 0, -1, -1, 1]
    assert dictionary.texts == ["A1", "B"]
