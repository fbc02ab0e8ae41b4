"""MLR-Copilot: the command line, the engine that does the work, and the terminal screen that shows it."""

__version__ = "0.1.0"
