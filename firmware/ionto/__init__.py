"""The Ionto controller: everything on the device that is not a pin or a part of the board."""
