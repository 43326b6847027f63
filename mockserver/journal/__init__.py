"""What was asked and answered in a workspace, and what a test wants to know of it."""
