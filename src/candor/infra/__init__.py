"""The only place that touches the outside world: database, files, network, processes."""
