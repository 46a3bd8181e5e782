"""Computing of this chapter: what orders amount to. Pure."""
