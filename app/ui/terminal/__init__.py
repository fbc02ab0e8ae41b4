"""Everything between the screen and a real terminal: what is written to it, what it is asked, and how it is left."""
