"""What the chart pane draws: curves, legend, verdict and gauges, each in a module of its own."""
