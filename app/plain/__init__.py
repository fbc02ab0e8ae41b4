"""Plain mode: the work of the screen as lines of text that scroll by. For screen readers, dumb terminals and scripts.

No box drawing, no redraw, no colour, no cursor movement. Every prompt is a line of its own; what happens meanwhile is
told between two prompts, never while somebody types.
"""
