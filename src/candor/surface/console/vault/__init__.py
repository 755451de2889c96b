"""How the keys are doing: epochs, versions, and whether their loss could be made good."""
