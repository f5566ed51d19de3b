"""The demo: a Danish bicycle shop, its customers, and the whole main job played through."""
