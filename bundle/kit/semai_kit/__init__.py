"""What the semai apps share: accounts, roles, region identity, audit trail, workflow, spreadsheets, contracts."""
