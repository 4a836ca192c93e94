"""Files that are whole whenever somebody looks: HDF5 written through a redo log."""
