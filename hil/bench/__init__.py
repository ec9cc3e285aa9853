"""`make bench`: latency, regulation and speed of the whole firmware, measured from the rig's physical truth."""
