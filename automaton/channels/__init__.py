"""One file per way to reach somebody: voice, fax, SMS, e-mail."""
