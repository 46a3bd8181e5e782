"""Unified social credit codes 统一社会信用代码 (GB 32100-2015)."""

LENGTH = 18
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = [pow(3, i, 31) for i in range(17)]


def check_character(first17: str) -> str:
    """The 18th character that belongs to the first 17 (GB 32100-2015, annex B: weights 3^i mod 31).

    Raises
    ------
    ValueError
        If there are not 17 characters, or one is not in the code's alphabet (I, O, S, V, Z are not).
    """
    if len(first17) != 17:
        raise ValueError(f"needs 17 characters, has {len(first17)}")
    strange = sorted(set(first17) - set(ALPHABET))
    if strange:
        raise ValueError(f"has {', '.join(strange)}, which the code does not use")
    total = sum(ALPHABET.index(c) * w for c, w in zip(first17, _WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]
