"""Every moment at which Larder decides otherwise than a second before."""
