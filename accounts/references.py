"""The columns of this floor and those below that name a customer, and what a merge does with them."""

from accounts.registry import CustomerReference, Follow, add_references

# The rules of a team: one lead at a time, and one part for each person at a time.
_TEAM_CLASH = """
    {gone}.left_at IS NULL AND {kept}.left_at IS NULL
    AND daterange({gone}.starts_on, {gone}.ends_on, '[]') && daterange({kept}.starts_on, {kept}.ends_on, '[]')
    AND ({gone}.user_id = {kept}.user_id OR ({gone}.role = 'lead' AND {kept}.role = 'lead'))
"""

REFERENCES = (
    # Access that was granted to one record doesn't open the other.
    CustomerReference("accounts.accessgrant", follow=Follow.PUT_ASIDE),
    CustomerReference("accounts.archivelookup", follow=Follow.STAY),
    CustomerReference("accounts.archiveprint", follow=Follow.STAY),
    CustomerReference("accounts.contact"),
    CustomerReference("accounts.customer", "parent_id"),
    CustomerReference("accounts.customerredirect", "survivor_id"),
    CustomerReference("accounts.duplicatekey", follow=Follow.PUT_ASIDE),
    CustomerReference("accounts.duplicatepair", "low_id", Follow.PUT_ASIDE),
    CustomerReference("accounts.duplicatepair", "high_id", Follow.PUT_ASIDE),
    CustomerReference("accounts.fact"),
    CustomerReference("accounts.lifecycletransition"),
    # The merge's own record keeps the ids as they were.
    CustomerReference("accounts.merge", "survivor_id", Follow.STAY),
    CustomerReference("accounts.merge", "loser_id", Follow.STAY),
    CustomerReference("accounts.readlog", follow=Follow.STAY),
    CustomerReference("accounts.teammember", clash=_TEAM_CLASH),
    CustomerReference("jobs.message"),
    CustomerReference("jobs.outboxevent"),
    CustomerReference("jobs.task"),
    CustomerReference("users.approval"),
    # The change log is never written anew: its readers follow the redirect.
    CustomerReference("users.change", follow=Follow.STAY),
)


def register() -> None:
    """Fill the registry."""
    add_references(*REFERENCES)
