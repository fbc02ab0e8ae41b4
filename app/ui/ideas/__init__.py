"""What the ideas pane draws: table, card, comparison of two, similarity of all. Plain modules; the widget is in
`app.ui.widgets.ideas`."""
