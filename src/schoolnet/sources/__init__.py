"""The outside world -> Region: map extracts, registers, folders of layers."""
