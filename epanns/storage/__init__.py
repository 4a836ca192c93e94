"""Files that are complete whenever they are read: replaced as a whole, or HDF5 with a redo log.

Also the checksums of files.
"""
