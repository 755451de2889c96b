"""The connections of the demo company, as files that `candor connection apply` takes."""
