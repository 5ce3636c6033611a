"""Where the bytes of files are: a folder of this machine, or a bucket that all gateways share."""
