"""Where files lie: a folder of this machine, a server of SFTP, a store of objects (S3)."""
