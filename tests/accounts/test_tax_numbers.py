"""Unified social credit codes, checked by their last character (GB 32100-2015)."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from accounts.services.validation import tax_number
from crm.lib import tax_numbers

BODIES = st.text(alphabet=tax_numbers.ALPHABET, min_size=17, max_size=17)


def test_the_published_sample_is_valid() -> None:
    assert tax_number("CN", "91350100M000100Y43") == "91350100M000100Y43"


@pytest.mark.parametrize(
    "written", ["91350100m000100y43", " 9135 0100 M000 100Y43", "９１３５０１００Ｍ０００１００Ｙ４３"]
)
def test_case_blanks_and_width_do_not_matter(written: str) -> None:
    assert tax_number("CN", written) == "91350100M000100Y43"


def test_a_wrong_last_character_says_what_it_should_be() -> None:
    with pytest.raises(ValidationError) as refused:
        tax_number("CN", "91350100M000100Y48")
    assert refused.value.messages == ["From the first 17 characters the last should be 3; you typed 8."]


def test_letters_the_code_never_has_are_named() -> None:
    with pytest.raises(ValidationError, match="never has I, O"):
        tax_number("CN", "9135010OM0001I0Y43")


def test_a_short_number_says_how_long_it_is() -> None:
    with pytest.raises(ValidationError, match="18 characters; you typed 17"):
        tax_number("CN", "91350100M000100Y4")


@pytest.mark.parametrize(("country", "number"), [("NO", "985 399 077 MVA"), ("CN", "350100100000012"), ("CN", "")])
def test_foreign_and_old_numbers_are_taken_as_they_are(country: str, number: str) -> None:
    assert tax_number(country, number) == number.replace(" ", "")


@given(BODIES)
def test_exactly_one_last_character_fits(body: str) -> None:
    fitting = []
    for character in tax_numbers.ALPHABET:
        try:
            fitting.append(tax_number("CN", body + character))
        except ValidationError:
            continue
    assert fitting == [body + tax_numbers.check_character(body)]


@given(BODIES, st.integers(0, 16), st.sampled_from(tax_numbers.ALPHABET))
def test_one_wrong_character_is_always_noticed(body: str, place: int, wrong: str) -> None:
    whole = body + tax_numbers.check_character(body)
    typed = whole[:place] + wrong + whole[place + 1 :]
    if wrong == whole[place]:
        return
    with pytest.raises(ValidationError):
        tax_number("CN", typed)


@given(BODIES, st.integers(0, 15))
def test_two_swapped_neighbours_are_always_noticed(body: str, place: int) -> None:
    whole = body + tax_numbers.check_character(body)
    typed = whole[:place] + whole[place + 1] + whole[place] + whole[place + 2 :]
    if typed == whole:
        return
    with pytest.raises(ValidationError):
        tax_number("CN", typed)
