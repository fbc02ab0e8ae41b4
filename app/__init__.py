"""MLR-Copilot: the command line, the engine that does the work, and the terminal screen that shows it."""
