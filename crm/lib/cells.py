"""Text that leaves the house in tables: no cell of it can start a formula."""

# What spreadsheets take for the beginning of a formula, in plain and in full width, and what they skip before one.
_STARTS = "=+-@\t\r\n＝＋－＠"


def neutral(cell: str) -> str:
    """A cell that a spreadsheet reads as text: one that starts like a formula gets an apostrophe.

    A plain number keeps its sign.
    """
    bare = cell.lstrip(" \u00a0\u3000\ufeff\0")
    if bare[:1] and bare[0] in _STARTS and not _is_number(bare):
        return "'" + cell
    return cell


def _is_number(cell: str) -> bool:
    return cell[0] in "+-" and cell[1:].replace(",", "").replace(".", "", 1).isdecimal() and cell.isascii()
