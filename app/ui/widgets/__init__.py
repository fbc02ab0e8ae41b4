"""One file per widget. They draw lines (`app.ui.text`) and know nothing of the journal."""
