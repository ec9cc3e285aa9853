"""Lines and branches that the host tests run, and the gate on those that a person's safety hangs on."""
