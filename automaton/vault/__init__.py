"""Archives that are read without us: knows tar, age, ssh and sftp."""
