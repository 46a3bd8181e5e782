"""How much each customer deserves: tiers, their history, and the runs that gave them."""

from segmentation.models.history import Override, TierHistory
from segmentation.models.runs import CubeRow, DepartmentShape, MoveRow, TierRun, Verdict
from segmentation.models.standings import Standing

__all__ = ["CubeRow", "DepartmentShape", "MoveRow", "Override", "Standing", "TierHistory", "TierRun", "Verdict"]
