"""What the log pane draws: rows of a file of any size by byte offset, their colours, their times, and the search."""
