"""Random input by the million: frames at the link, hands on the buttons. `make fuzz`."""
