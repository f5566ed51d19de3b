"""The demo: a Danish bicycle shop, its customers, and the main job played through."""
