"""Why did I get this? The gate's own answer, with what it rests on."""
