"""Comparing two records: numbers worked out by hand, as in docs/algorithms/duplicates.md."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.core import duplicates
from accounts.core.duplicates import Kind, Profile, Weights, compare, parse, profile_of, score

HUAQIANG = profile_of(
    names=["深圳市华强电子有限公司"], tax_number="91440300708461136T", phones=["0755-88886666"],
    addresses=["https://www.huaqiang.cn"], family=[1],
)  # fmt: skip


def other(**said: object) -> Profile:
    return profile_of(**({"names": ["上海远大化工有限公司"], "family": [2]} | said))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("a", "b", "similarity"),
    [
        ("华强电子", "华强电子", 1.0),
        ("华强电子", "华强电气", 0.75),  # 1 of 4 characters
        ("muller sohne", "mueller sohne", 12 / 13),  # one added in 13
        ("huaqiang shenzhen", "shenzhen huaqiang", 1.0),  # words in another order
        ("华强一厂", "华强二厂", 0.0),  # other numbers
        ("plant 2 berlin", "plant 3 berlin", 0.0),
        ("华强电子", "", 0.0),
    ],
)
def test_names_are_as_alike_as_counted_by_hand(a: str, b: str, similarity: float) -> None:
    assert duplicates.name_similarity(a, b) == pytest.approx(similarity)
    assert duplicates.name_similarity(b, a) == pytest.approx(similarity)


@pytest.mark.parametrize(
    ("said", "points"),
    [
        ({"tax_number": "91440300708461136T"}, 95),
        ({"names": ["深圳华强电子股份有限公司"]}, 60),
        ({"phones": ["+86 755 88886666"]}, 50),
        ({"addresses": ["sales@huaqiang.cn"]}, 35),
        # 1 - 0.5 * 0.65 = 0.675
        ({"phones": ["075588886666"], "addresses": ["sales@huaqiang.cn"]}, 68),
        # 1 - (1 - 0.6) * (1 - 0.5) = 0.8
        ({"names": ["深圳华强电子"], "phones": ["075588886666"]}, 80),
        # 华强电子 without its place: 4 of 6 characters alike, below 0.7: says nothing
        ({"names": ["华强电子"]}, 0),
        # 5 of 6 characters: 0.6 * 0.8333 = 0.5
        ({"names": ["深圳华强电气有限公司"]}, 50),
        # the same name, but another tax number: 0.6 * 0.5
        ({"names": ["深圳华强电子"], "tax_number": "91310000132207927A"}, 30),
        ({}, 0),
    ],
)
def test_the_score_is_as_counted_by_hand(said: dict[str, object], points: int) -> None:
    assert score(compare(HUAQIANG, other(**said)), Weights()) == points


def test_the_order_of_two_records_does_not_matter() -> None:
    b = other(names=["深圳华强电气"], phones=["075588886666"])
    assert compare(HUAQIANG, b) == compare(b, HUAQIANG)


def test_a_former_name_counts_as_a_name() -> None:
    assert compare(HUAQIANG, other(names=["远大化工", "深圳市华强电子有限责任公司"])).similarity == 1


def test_kin_share_phones_and_domains_without_being_one() -> None:
    daughter = other(phones=["075588886666"], addresses=["huaqiang.cn"], family=[2, 1])
    found = compare(HUAQIANG, daughter)
    assert (found.kin, found.phones, found.domains) == (True, (), ())


def test_the_digest_changes_with_anything_that_counts_and_nothing_else() -> None:
    same = profile_of(
        names=["深圳华强电子有限公司"], tax_number="91440300708461136t", phones=["+86 755 88886666"],
        addresses=["huaqiang.cn"], family=[1],
    )  # fmt: skip
    assert same.digest == HUAQIANG.digest
    assert profile_of(names=["深圳华强电子"], family=[1]).digest != HUAQIANG.digest


# ── Rules ───────────────────────────────────────────────────────────────────

RULE = parse("tax or (name >= 0.8 and (phone or domain))")


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ({"tax_number": "91440300708461136T"}, True),
        ({"names": ["深圳华强电气"], "phones": ["075588886666"]}, True),
        ({"names": ["深圳华强电气"], "addresses": ["a@huaqiang.cn"]}, True),
        ({"names": ["深圳华强电气"]}, False),
        ({"phones": ["075588886666"], "addresses": ["a@huaqiang.cn"]}, False),
        ({"names": ["华强"], "phones": ["075588886666"]}, False),
    ],
)
def test_a_rule_joins_its_conditions_by_and_and_or(said: dict[str, object], holds: bool) -> None:
    assert RULE.holds(compare(HUAQIANG, other(**said))) is holds


def test_and_binds_tighter_than_or() -> None:
    assert parse("tax or phone and domain") == parse("tax or (phone and domain)") != parse("(tax or phone) and domain")


def test_a_rule_names_the_keys_that_bring_its_pairs_together() -> None:
    assert RULE.blocks() == {Kind.TAX, Kind.PHONE, Kind.DOMAIN}
    assert parse("name >= 0.9 and phone").blocks() == {Kind.PHONE}
    assert parse("name").blocks() == {Kind.NAME}
    assert parse("tax or name >= 0.9").blocks() == {Kind.TAX, Kind.NAME, Kind.PIECE}


@pytest.mark.parametrize(
    ("text", "reason", "about"),
    [
        ("", "no condition", ""),
        ("tax or", "no condition", ""),
        ("tax phone", "not joined", "phone"),
        ("(tax or phone", "not closed", ""),
        ("tax)", "not joined", ")"),
        ("size", "no condition", "size"),
        ("name >= 2", "no share", "2"),
        ("name >= 0.5", "no share", "0.5"),
        ("name >= ", "no share", ""),
        ("tax; drop table", "unreadable", "; drop table"),
        ("tax or " * 40 + "tax", "too long", ""),
    ],
)
def test_what_is_no_rule_is_refused_with_the_reason(text: str, reason: str, about: str) -> None:
    with pytest.raises(duplicates.RuleError) as caught:
        parse(text)
    assert (caught.value.reason, caught.value.text) == (reason, about)


CONDITIONS = st.sampled_from(["tax", "phone", "domain", "name", "name >= 0.8"])
RULES = st.recursive(
    CONDITIONS, lambda inner: st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({' '.join(t)})"),
    max_leaves=6,
)  # fmt: skip
WORDS = st.text(alphabet="深圳华强电子远大化工机械", min_size=4, max_size=8)
PROFILES = st.builds(
    profile_of,
    names=st.lists(WORDS, min_size=1, max_size=2),
    tax_number=st.sampled_from(["", "91440300708461136T", "91310000132207927A"]),
    phones=st.lists(st.sampled_from(["075588886666", "13800138000"]), max_size=2),
    addresses=st.lists(st.sampled_from(["a.cn", "b.cn"]), max_size=2),
)


@given(RULES, PROFILES, PROFILES)
def test_a_pair_that_meets_a_rule_shares_one_of_its_keys(text: str, a: Profile, b: Profile) -> None:
    """What blocking must never lose, for all rules whose names are the same or come with another condition."""
    rule = parse(text)
    if Kind.PIECE in rule.blocks() or not rule.holds(compare(a, b)):
        return
    keys = [{key for key in duplicates.keys_of(one, with_pieces=False) if key[0] in rule.blocks()} for one in (a, b)]
    assert keys[0] & keys[1]


@given(st.text(alphabet="abcdefgh", min_size=8, max_size=24), st.data())
def test_names_one_edit_apart_share_a_piece(name: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(name) - 1))
    edited = data.draw(
        st.sampled_from(
            [
                name[:place] + "x" + name[place:],
                name[:place] + "x" + name[place + 1 :],
                name[:place] + name[place + 1 :],
            ]
        )
    )
    if len(edited) >= 8:
        assert duplicates.pieces(name) & duplicates.pieces(edited)
