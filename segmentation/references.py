"""The columns of this chapter that name a customer, and what a merge of customers does with them."""

from accounts.registry import CustomerReference, Follow, add_references

REFERENCES = (
    CustomerReference("segmentation.override", clash="{gone}.ended_on IS NULL AND {kept}.ended_on IS NULL"),
    # The survivor is judged by itself: its own standing, its own history, anew with the orders it got.
    CustomerReference("segmentation.standing", follow=Follow.PUT_ASIDE),
    CustomerReference("segmentation.tierhistory", follow=Follow.PUT_ASIDE),
    CustomerReference("segmentation.verdict", follow=Follow.PUT_ASIDE),
)


def register() -> None:
    """Fill the registry."""
    add_references(*REFERENCES)
