"""The review desk: a diff as blocks that are decided one by one, drawn row by row; nothing here knows Textual."""
