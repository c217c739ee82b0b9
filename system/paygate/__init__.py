"""A payment gateway to develop and break against: a service of its own, so that every call crosses a real network."""
