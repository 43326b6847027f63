"""The parts of the pytest plugin, which are loaded when a target is named."""
