"""How the kit behaves at a target: what it may touch, what it leaves behind, and how fast it asks."""
